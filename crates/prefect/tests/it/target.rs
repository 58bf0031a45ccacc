//! Which server is meant.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use longshore_prefect::{Authentication, Origin, Secret, Target, TargetError};

const PROFILES: &str = r#"
active = "lab"

[profiles.lab]
PREFECT_API_URL = "http://lab:4200/api"
PREFECT_API_KEY = "pnu_lab"
PREFECT_LOGGING_LEVEL = 10

[profiles.own]
PREFECT_API_URL = "http://own:4200/api"
PREFECT_API_AUTH_STRING = "admin:pass"

[profiles.ephemeral]
"#;

/// The target with these variables and this file of profiles in the home folder.
fn target(
    profiles: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<Option<Target>, TargetError> {
    let home = tempfile::tempdir().expect("a folder");
    if let Some(profiles) = profiles {
        fs::create_dir(home.path().join(".prefect")).expect("a folder");
        fs::write(home.path().join(".prefect/profiles.toml"), profiles).expect("profiles");
    }
    read(variables, Some(home.path()))
}

fn read(variables: &[(&str, &str)], home: Option<&Path>) -> Result<Option<Target>, TargetError> {
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Target::from_environment(&|name: &str| variables.get(name).cloned(), home)
}

fn key(text: &str) -> Authentication {
    Authentication::ApiKey(Secret::new(text))
}

/// Profiles, variables, and the URL and authentication that they make.
type Case<'a> = (
    Option<&'a str>,
    &'a [(&'a str, &'a str)],
    &'a str,
    Authentication,
);

#[test]
fn variables_win_key_by_key() {
    let own = ("PREFECT_PROFILE", "own");
    let auth = || Authentication::AuthString(Secret::new("admin:pass"));
    let cases: [Case<'_>; 8] = [
        (
            None,
            &[("PREFECT_API_URL", "http://e/api")],
            "http://e/api",
            Authentication::None,
        ),
        (
            None,
            &[
                ("PREFECT_API_URL", "http://e/api"),
                ("PREFECT_API_KEY", "k"),
            ],
            "http://e/api",
            key("k"),
        ),
        (Some(PROFILES), &[], "http://lab:4200/api", key("pnu_lab")),
        (
            Some(PROFILES),
            &[("PREFECT_API_URL", "http://e/api")],
            "http://e/api",
            key("pnu_lab"),
        ),
        (
            Some(PROFILES),
            &[("PREFECT_API_KEY", "k")],
            "http://lab:4200/api",
            key("k"),
        ),
        (
            Some(PROFILES),
            &[("PREFECT_API_URL", " ")],
            "http://lab:4200/api",
            key("pnu_lab"),
        ),
        (Some(PROFILES), &[own], "http://own:4200/api", auth()),
        (
            Some(PROFILES),
            &[own, ("PREFECT_API_KEY", "k")],
            "http://own:4200/api",
            auth(),
        ),
    ];
    for (profiles, variables, url, authentication) in cases {
        let target = target(profiles, variables)
            .expect("an answer")
            .expect("a target");
        assert_eq!(
            (target.api_url.as_str(), &target.authentication),
            (url, &authentication),
            "{variables:?}"
        );
    }
}

#[test]
fn without_a_url_there_is_no_target() {
    assert_eq!(target(None, &[]).expect("an answer"), None);
    assert_eq!(
        target(None, &[("PREFECT_API_KEY", "k")]).expect("an answer"),
        None
    );
    assert_eq!(
        target(Some(PROFILES), &[("PREFECT_PROFILE", "ephemeral")]).expect("an answer"),
        None
    );
    assert_eq!(
        target(Some("active = \"gone\""), &[]).expect("an answer"),
        None
    );
    assert_eq!(read(&[], None).expect("an answer"), None);
}

#[test]
fn the_file_of_profiles_can_be_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("profiles.toml");
    fs::write(&file, PROFILES).expect("profiles");
    let (folder, path) = (
        folder.path().to_str().expect("a path"),
        file.to_str().expect("a path"),
    );
    for variables in [("PREFECT_HOME", folder), ("PREFECT_PROFILES_PATH", path)] {
        let target = read(&[variables], None)
            .expect("an answer")
            .expect("a target");
        assert_eq!(
            target.origin,
            Origin::Profile {
                name: "lab".to_owned(),
                file: file.clone()
            }
        );
        assert_eq!(
            target.to_string(),
            format!("http://lab:4200/api (from profile `lab` in `{path}`)")
        );
        assert!(!format!("{target:?}").contains("pnu_lab"));
    }
}

#[test]
fn a_server_of_this_machine_is_known_by_its_address() {
    let is_loopback = |url: &str| {
        let found = read(&[("PREFECT_API_URL", url)], None).unwrap();
        found.unwrap().is_loopback()
    };
    for url in [
        "http://127.0.0.1:4200/api",
        "http://localhost:4200/api",
        "https://[::1]/api",
        "http://0.0.0.0:4200/api",
    ] {
        assert!(is_loopback(url), "{url}");
    }
    for url in [
        "http://10.0.0.7:4200/api",
        "https://api.prefect.cloud/api/accounts/a/workspaces/b",
        "http://localhost.example.org/api",
    ] {
        assert!(!is_loopback(url), "{url}");
    }
}

#[test]
fn a_target_is_shown_without_secrets() {
    let variables = [("PREFECT_API_URL", "http://user:secret@h/api?key=secret")];
    let target = target(None, &variables)
        .expect("an answer")
        .expect("a target");
    assert_eq!(target.to_string(), "http://h/api (from PREFECT_API_URL)");
}

#[test]
fn mistakes_in_the_file_are_told() {
    let error =
        target(Some(PROFILES), &[("PREFECT_PROFILE", "labb")]).expect_err("no such profile");
    assert!(
        error
            .to_string()
            .ends_with("(there are `ephemeral`, `lab`, `own`)"),
        "{error}"
    );
    let error = target(Some("active = "), &[]).expect_err("no TOML");
    assert!(matches!(error, TargetError::ParseProfiles { .. }));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path");
    let error = read(&[("PREFECT_PROFILES_PATH", path)], None).expect_err("a folder");
    assert!(matches!(error, TargetError::ReadProfiles { .. }));
}

#[test]
fn settings_of_prefects_own_client_are_read() {
    let profile = "active = \"a\"\n[profiles.a]\nPREFECT_API_URL = \"https://h/api\"\n\
                   PREFECT_API_TLS_INSECURE_SKIP_VERIFY = true\nPREFECT_API_REQUEST_TIMEOUT = \"90.5\"\n";
    let variables = [
        ("PREFECT_API_SSL_CERT_FILE", "~/ca.pem"),
        (
            "PREFECT_CLIENT_CUSTOM_HEADERS",
            r#"{"X-Team": "hunter2", "User-Agent": "x"}"#,
        ),
    ];
    let found = target(Some(profile), &variables)
        .expect("an answer")
        .expect("a target");
    assert!(found.trust.anybody);
    let file = found.trust.certificates.as_deref().expect("a file");
    assert!(file.is_absolute() && file.ends_with("ca.pem"), "{file:?}");
    assert_eq!(found.timeout, Some(Duration::from_millis(90_500)));
    let options = found.client_options();
    assert_eq!(
        (&options.trust, options.timeout, options.headers.len()),
        (&found.trust, found.timeout, 2)
    );
    let [ignored, insecure] = &found.notices()[..] else {
        panic!("{:?}", found.notices());
    };
    assert!(insecure.contains("`User-Agent` is left out"), "{insecure}");
    assert!(ignored.contains("not checked"), "{ignored}");
    assert!(!format!("{found:?}").contains("hunter2"));

    let off = [("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "False")];
    let found = target(Some(profile), &off).expect("an answer");
    assert_eq!(found.expect("a target").notices(), [] as [String; 0]);
}

#[test]
fn settings_that_cannot_be_are_told_without_their_value() {
    let table = [
        (
            "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
            "hunter2",
            "`true` or `false`",
        ),
        (
            "PREFECT_API_REQUEST_TIMEOUT",
            "-1",
            "a number of seconds above 0",
        ),
        (
            "PREFECT_API_REQUEST_TIMEOUT",
            "NaN",
            "a number of seconds above 0",
        ),
        (
            "PREFECT_API_REQUEST_TIMEOUT",
            "1 hunter2",
            "a number of seconds",
        ),
        (
            "PREFECT_CLIENT_CUSTOM_HEADERS",
            "X: hunter2",
            "a JSON object of texts",
        ),
        (
            "PREFECT_CLIENT_CUSTOM_HEADERS",
            r#"{"X": ["hunter2"]}"#,
            "a JSON object",
        ),
    ];
    for (name, value, expected) in table {
        let variables = [("PREFECT_API_URL", "http://h/api"), (name, value)];
        let error = target(None, &variables).expect_err(value);
        let text = format!("{error} {error:?}");
        assert!(
            text.starts_with(&format!("`{name}` is not {expected}")),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert!(error.help().contains(name), "{}", error.help());
    }
}
