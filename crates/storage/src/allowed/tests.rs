use super::*;

const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const CONNECTION: &str = "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;AccountName=devstoreaccount1;AccountKey=c2VjcmV0";

fn stores(variables: &[(&str, &str)], workspace: Option<&str>) -> Result<AllowedStores, String> {
    let env = |name: &str| {
        let mut of_name = variables.iter().filter(|(known, _)| *known == name);
        of_name.next().map(|(_, value)| (*value).to_owned())
    };
    AllowedStores::from_environment(&env, workspace.map(Path::new))
        .map_err(|error| error.to_string())
}

fn list(entries: &str) -> AllowedStores {
    stores(&[(STORES, entries)], None).unwrap()
}

fn resolve(stores: &AllowedStores, location: &str) -> Result<ArtifactLocation, LocationError> {
    stores.resolve(&location.replace("SHA", SHA256), SHA256.parse().unwrap())
}

#[test]
fn the_list_wins_then_the_account_of_the_credentials_then_the_workspace() {
    let account = ("AZURE_STORAGE_ACCOUNT", "acme");
    for (variables, expected) in [
        (
            &[(STORES, " az://acme/flows/team , /srv/store,"), account][..],
            "az://acme/flows/team,/srv/store",
        ),
        (&[account], "az://acme/*"),
        (
            &[("AZURE_STORAGE_CONNECTION_STRING", CONNECTION)],
            "az://devstoreaccount1/*",
        ),
        (&[], "/work/.longshore/artifacts"),
        (&[(STORES, " ")], "/work/.longshore/artifacts"),
        // An identity alone names no account, and must not open every account of the world.
        (&[("AZURE_CLIENT_ID", "1")], "/work/.longshore/artifacts"),
    ] {
        let found = stores(variables, Some("/work")).unwrap();
        assert_eq!(found.to_string(), expected);
    }
    assert_eq!(stores(&[], None).unwrap().to_string(), "");
}

#[test]
fn an_entry_that_names_no_store_is_an_error() {
    for entry in [
        "az://flows",
        "az://acme/",
        "az://Acme/flows",
        "az://acme/flows/../other",
        "store",
        "/srv/../etc",
        "/srv/store/",
        "ftp://host/x",
        "file:///srv/store",
    ] {
        let error = stores(&[(STORES, entry)], None).unwrap_err();
        assert_eq!(
            error,
            format!("`{entry}` in `LONGSHORE_STORES` is not a store")
        );
    }
    let error = stores(&[("AZURE_STORAGE_ACCOUNT", "Acme!")], None).unwrap_err();
    assert!(error.contains("which storage account"), "{error}");
}

#[test]
fn only_locations_in_the_list_are_artifacts() {
    let acme = list("az://acme/flows/team,/srv/store");
    let base = "https://acme.blob.core.windows.net/flows/team/projects/a/b";
    for location in [
        format!("{base}/SHA/b"),
        "https://acme.blob.core.windows.net/flows/team/x/SHA/b".to_owned(),
        "/srv/store/projects/a/b/SHA/b".to_owned(),
    ] {
        let found = resolve(&acme, &location).unwrap();
        assert_eq!(found.to_string(), location.replace("SHA", SHA256));
    }
    for location in [
        // Another account, container, folder, host, port, scheme.
        "https://evil.blob.core.windows.net/flows/team/projects/a/b/SHA/b",
        "https://acme.blob.core.windows.net/other/team/projects/a/b/SHA/b",
        "https://acme.blob.core.windows.net/flows/team2/projects/a/b/SHA/b",
        "https://acme.blob.core.windows.net/flows/projects/a/b/SHA/b",
        "https://acme.blob.core.windows.net.evil.example/flows/team/a/SHA/b",
        "https://acme.blob.core.windows.net:444/flows/team/a/SHA/b",
        "http://127.0.0.1:9/acme/flows/team/projects/a/b/SHA/b",
        "ftp://acme.blob.core.windows.net/flows/team/projects/a/b/SHA/b",
        // Other ways to write a location that the store would not write.
        "https://acme.blob.core.windows.net/flows/team/../other/a/SHA/b",
        "https://acme.blob.core.windows.net/flows/team/%2e%2e/other/a/SHA/b",
        "https://acme.blob.core.windows.net/flows/team%2Fa/SHA/b",
        "https://acme.blob.core.windows.net/flows/team/a%5Cb/SHA/b",
        "https://acme.blob.core.windows.net//flows/team/a/SHA/b",
        "https://acme.blob.core.windows.net/flows/team/a/SHA/b/",
        "https:/acme.blob.core.windows.net/flows/team/a/SHA/b",
        "https:\\\\acme.blob.core.windows.net/flows/team/a/SHA/b",
        "HTTPS://ACME.blob.core.windows.net/flows/team/a/SHA/b",
        // Paths outside the folder.
        "/srv/store-evil/projects/a/SHA/b",
        "/srv/store/../evil/a/SHA/b",
        "/srv/./store/a/SHA/b",
        "//srv/store/a/SHA/b",
        "/srv/store//a/SHA/b",
        "srv/store/a/SHA/b",
        "file:///srv/store/a/SHA/b",
        "/etc/shadow",
        "",
    ] {
        let error = resolve(&acme, location).unwrap_err();
        assert!(
            matches!(error, LocationError::NotAllowed { .. }),
            "{location}: {error}"
        );
        assert!(
            error
                .to_string()
                .contains("az://acme/flows/team,/srv/store"),
            "{error}"
        );
    }
}

#[test]
fn a_location_names_the_sha256_that_is_asked_for() {
    let store = list("/srv/store");
    let other = "0".repeat(64);
    for location in [
        format!("/srv/store/projects/a/{other}/b"),
        "/srv/store/projects/a/b".to_owned(),
        "/srv/store/SHA/b".to_owned(),
        "/srv/store/projects/SHA/a/b".to_owned(),
        format!("/srv/store/projects/a/{}/b", SHA256.to_uppercase()),
    ] {
        let error = resolve(&store, &location).unwrap_err();
        assert!(
            matches!(error, LocationError::OtherArtifact { .. }),
            "{location}: {error}"
        );
    }
}

#[test]
fn credentials_in_a_location_are_refused_and_not_shown() {
    let store = list("az://acme/flows");
    for (location, expected) in [
        (
            "https://user:s3cr3t@acme.blob.core.windows.net/flows/a/SHA/b",
            LocationError::UserInfo,
        ),
        (
            "https://acme.blob.core.windows.net@evil.example/flows/a/SHA/b",
            LocationError::UserInfo,
        ),
        (
            "https://acme.blob.core.windows.net/flows/a/SHA/b?sig=s3cr3t",
            LocationError::Query,
        ),
        (
            "https://acme.blob.core.windows.net/flows/a/SHA/b#s3cr3t",
            LocationError::Query,
        ),
    ] {
        let error = resolve(&store, location).unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.to_string().contains("s3cr3t"));
    }
    let error = resolve(&store, "http://acme.blob.core.windows.net/flows/a/SHA/b").unwrap_err();
    assert!(matches!(error, LocationError::PlainHttp { .. }), "{error}");
}

#[test]
fn an_emulator_and_a_cloud_of_its_own_are_named_by_their_endpoints() {
    let azurite = stores(
        &[
            ("AZURE_STORAGE_CONNECTION_STRING", CONNECTION),
            (STORES, "az://devstoreaccount1/flows"),
        ],
        None,
    );
    let location = "http://127.0.0.1:10000/devstoreaccount1/flows/a/SHA/b";
    assert!(resolve(&azurite.unwrap(), location).is_ok());
    let china = list("https://acme.blob.core.chinacloudapi.cn/flows");
    let location = "https://acme.blob.core.chinacloudapi.cn/flows/a/SHA/b";
    assert!(resolve(&china, location).is_ok());
    let public = "https://acme.blob.core.windows.net/flows/a/SHA/b";
    assert!(resolve(&china, public).is_err());
}

#[test]
fn a_version_is_in_the_same_folder_of_the_same_store() {
    let stores = list("az://acme/flows,az://acme/other,/srv/store");
    let at = |location: &str, digest: &str| {
        let location = location.replace("SHA", digest);
        stores.resolve(&location, digest.parse().unwrap()).unwrap()
    };
    let other = "0".repeat(64);
    let deployed = at("https://acme.blob.core.windows.net/flows/a/b/SHA/x", SHA256);
    let is_version = |location: &str| at(location, &other).is_version_of(&deployed);
    assert!(is_version(
        "https://acme.blob.core.windows.net/flows/a/b/SHA/x"
    ));
    assert!(!is_version(
        "https://acme.blob.core.windows.net/flows/a/c/SHA/x"
    ));
    assert!(!is_version(
        "https://acme.blob.core.windows.net/flows/a/b/c/SHA/x"
    ));
    assert!(!is_version(
        "https://acme.blob.core.windows.net/other/a/b/SHA/x"
    ));
    assert!(!is_version("/srv/store/a/b/SHA/x"));
}
