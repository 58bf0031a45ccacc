use super::*;

/// Every value that must not be seen.
const SECRETS: [&str; 3] = ["c2VjcmV0LWtleQ==", "s3cr3t-signature", "s3cr3t-password"];

fn access(variables: &[(&str, &str)], options: AccessOptions) -> Result<Access, AccessError> {
    let env = |name: &str| {
        let mut of_name = variables.iter().filter(|(known, _)| *known == name);
        of_name.next().map(|(_, value)| (*value).to_owned())
    };
    Access::from_environment(None, &env, options)
}

fn shown(variables: &[(&str, &str)]) -> String {
    let access = access(variables, AccessOptions::default()).unwrap();
    let shown = access.identity().to_string();
    let all = format!("{shown} {access:?}");
    for secret in SECRETS {
        assert!(!all.contains(secret), "{all}");
    }
    shown
}

#[test]
fn credentials_are_found_in_their_order_and_shown_without_secret() {
    // Each line takes away the variable that the line before it was decided by.
    let all = [
        (
            CONNECTION_STRING,
            "AccountName=acme;AccountKey=c2VjcmV0LWtleQ==",
        ),
        (
            SAS_TOKEN,
            "?sv=2024&se=2026-01-01T00%3A00%3A00Z&sig=s3cr3t-signature",
        ),
        (TOKEN_FILE, "/var/run/token"),
        (IDENTITY_ENDPOINT, "http://127.0.0.1/token"),
        (IDENTITY_HEADER, "s3cr3t-password"),
        (CLIENT_SECRET, "s3cr3t-password"),
        (ACCOUNT, "acme"),
        (CLIENT_ID, "11111111"),
        (TENANT_ID, "22222222"),
    ];
    for (from, expected) in [
        (0, "the account key"),
        (
            1,
            "a shared access signature that expires 2026-01-01T00:00:00Z",
        ),
        (2, "the workload identity with client id `11111111`"),
        (3, "the managed identity with client id `11111111`"),
        (5, "the service principal with client id `11111111`"),
        (6, "the managed identity with client id `11111111`"),
    ] {
        assert_eq!(shown(&all[from..]), expected);
    }
    assert_eq!(shown(&[(ACCOUNT, "acme")]), "the login of the Azure CLI");
    assert_eq!(
        shown(&[
            (ACCOUNT, "acme"),
            (IDENTITY_ENDPOINT, "http://127.0.0.1/"),
            (IDENTITY_HEADER, "s3cr3t-password"),
        ]),
        "the system-assigned managed identity"
    );
}

#[test]
fn the_account_of_the_configuration_is_taken_where_no_variable_names_one() {
    let configured = || AccessOptions {
        account: Some("acme".to_owned()),
        ..AccessOptions::default()
    };
    let account = |variables: &[(&str, &str)]| {
        let access = access(variables, configured()).unwrap();
        access.account().name.clone()
    };
    assert_eq!(account(&[]), "acme");
    assert_eq!(account(&[(ACCOUNT, "other")]), "other");
}

#[test]
fn a_managed_identity_of_the_configuration_wins_over_guesses() {
    let named = |managed_identity| AccessOptions {
        managed_identity: Some(managed_identity),
        ..AccessOptions::default()
    };
    let variables = [(ACCOUNT, "acme"), (CLIENT_ID, "1")];
    let system = access(&variables, named(ManagedIdentity::SystemAssigned)).unwrap();
    assert_eq!(system.identity(), &Identity::Managed { client_id: None });
    let user = access(&variables, named(ManagedIdentity::ClientId("2".to_owned()))).unwrap();
    assert_eq!(
        user.identity(),
        &Identity::Managed {
            client_id: Some("2".to_owned())
        }
    );
}

#[test]
fn what_is_missing_is_named() {
    for (variables, expected) in [
        (&[][..], "no storage account is named"),
        (
            &[(ACCOUNT, "acme.blob.core.windows.net")],
            "`acme.blob.core.windows.net` cannot be the name of a storage account",
        ),
        (
            &[(ACCOUNT, "acme"), (TOKEN_FILE, "/token"), (TENANT_ID, "t")],
            "`AZURE_FEDERATED_TOKEN_FILE` is set, but `AZURE_CLIENT_ID` is not",
        ),
        (
            &[(ACCOUNT, "acme"), (CLIENT_SECRET, "s"), (CLIENT_ID, "c")],
            "`AZURE_CLIENT_SECRET` is set, but `AZURE_TENANT_ID` is not",
        ),
        (
            &[(ACCOUNT, "acme"), (IDENTITY_ENDPOINT, "http://127.0.0.1/")],
            "`IDENTITY_ENDPOINT` is set, but `IDENTITY_HEADER` is not",
        ),
        (
            &[(CONNECTION_STRING, "AccountName=acme")],
            "`AZURE_STORAGE_CONNECTION_STRING` cannot be used",
        ),
    ] {
        let error = access(variables, AccessOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.help().is_some(), "{error}");
    }
}

#[test]
fn a_connection_string_of_another_account_is_refused() {
    let env = |name: &str| {
        (name == CONNECTION_STRING).then(|| "AccountName=other;AccountKey=a2V5".to_owned())
    };
    let error = Access::from_environment(Account::named("acme"), &env, AccessOptions::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`AZURE_STORAGE_CONNECTION_STRING` is for the storage account `other`, not for `acme`"
    );
}
