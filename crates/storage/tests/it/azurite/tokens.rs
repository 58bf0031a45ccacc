//! Identities of Microsoft Entra: Azurite with `--oauth basic`, and the rig's endpoint that gives tokens.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{self, Command, Output};

use longshore_rig::{AzuriteServer, EntraServer};
use longshore_storage::{Access, Account, AzureStore, Store};
use tempfile::TempDir;

use super::IMPATIENT;
use crate::conformance::conforms;

/// Where a child process finds its account.
const CHILD: &str = "LONGSHORE_TEST_TOKEN_STORE";

/// Not a test by itself: Azure's client reads some variables from the process, so each case is a process.
#[expect(clippy::disallowed_methods, reason = "the test reads what is logged")]
#[tokio::test]
async fn child_uses_an_identity() {
    let Ok(endpoint) = env::var(CHILD) else {
        return;
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(std::io::stderr)
        .init();
    let variable = |name: &str| env::var(name).ok();
    let account = Account::parse(&endpoint);
    let access = Access::from_environment(account, &variable, IMPATIENT).unwrap();
    println!("used {}", access.identity());
    let azure = AzureStore::connect(&access, &format!("flows-{}", process::id()), "").unwrap();
    if let Err(error) = azure.create_container().await {
        println!("refused: {error}");
        println!("help: {:?}", error.help());
        return;
    }
    conforms(&Store::from(azure)).await;
    println!("conforms");
}

struct Scene {
    azurite: AzuriteServer,
    entra: EntraServer,
    folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        let entra = EntraServer::start().unwrap();
        Self {
            azurite: AzuriteServer::start_with_tokens(&entra.certificate(), &entra.key()).unwrap(),
            entra,
            folder: TempDir::new().unwrap(),
        }
    }

    async fn child(&self, variables: &[(&str, &str)]) -> String {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args([
                "--exact",
                "azurite::tokens::child_uses_an_identity",
                "--nocapture",
            ])
            .env(CHILD, self.azurite.endpoint())
            .env("SSL_CERT_FILE", self.entra.certificate())
            .envs(variables.iter().copied());
        let run = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output { stdout, stderr, .. } = run.await.unwrap();
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        assert!(said.contains("TRACE"), "{said}");
        for secret in ["s3cr3t", TOKEN_START] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
        said
    }
}

/// How every token begins: `{"typ":"JWT",` in base64.
const TOKEN_START: &str = "eyJ0eXAiOiJKV1Qi";

const CLIENT: (&str, &str) = ("AZURE_CLIENT_ID", "11111111-1111-1111-1111-111111111111");
const TENANT: (&str, &str) = ("AZURE_TENANT_ID", "22222222-2222-2222-2222-222222222222");

fn write(path: &Path, text: &str) -> String {
    fs::write(path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_get_their_tokens_and_use_them() {
    let scene = Scene::set();
    let file = write(&scene.folder.path().join("token"), "s3cr3t-federated-token");
    let authority = scene.entra.https();
    let authority = ("AZURE_AUTHORITY_HOST", authority.as_str());

    let said = scene
        .child(&[
            ("AZURE_FEDERATED_TOKEN_FILE", &file),
            CLIENT,
            TENANT,
            authority,
        ])
        .await;
    assert!(
        said.contains(
            "used the workload identity with client id `11111111-1111-1111-1111-111111111111`"
        ),
        "{said}\n{}",
        scene.entra.asked()
    );
    assert!(said.contains("conforms"), "{said}\n{}", scene.entra.asked());
    assert!(!said.contains("s3cr3t"), "{said}");
    let asked = scene.entra.asked();
    assert!(
        asked.contains("POST /22222222-2222-2222-2222-222222222222/oauth2/v2.0/token"),
        "{asked}"
    );
    assert!(
        asked.contains("client_assertion=s3cr3t-federated-token"),
        "{asked}"
    );

    let endpoint = format!("{}/msi/token", scene.entra.http());
    let said = scene
        .child(&[
            ("IDENTITY_ENDPOINT", &endpoint),
            ("IDENTITY_HEADER", "s3cr3t-header"),
            CLIENT,
        ])
        .await;
    assert!(
        said.contains("used the managed identity with client id `1111"),
        "{said}"
    );
    assert!(said.contains("conforms"), "{said}\n{}", scene.entra.asked());
    let asked = scene.entra.asked();
    assert!(
        asked.contains("GET /msi/token?") && asked.contains("client_id=11111111"),
        "{asked}"
    );
    assert!(
        asked
            .to_lowercase()
            .contains("x-identity-header: s3cr3t-header"),
        "{asked}"
    );

    let said = scene
        .child(&[
            ("AZURE_CLIENT_SECRET", "s3cr3t-password"),
            CLIENT,
            TENANT,
            authority,
        ])
        .await;
    assert!(
        said.contains("used the service principal with client id `1111"),
        "{said}"
    );
    assert!(
        said.contains("conforms") && !said.contains("s3cr3t"),
        "{said}"
    );
    assert!(
        scene
            .entra
            .asked()
            .contains("client_secret=s3cr3t-password")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_of_the_command_line_is_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::set();
    let programs = scene.folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let path = env::var("PATH").unwrap();
    let path = format!("{}:{path}", programs.display());
    let az = |script: &str| {
        let program = programs.join("az");
        write(&program, script);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    };
    // A program in the place of the Azure CLI, which answers as the real one does.
    az(&format!(
        r#"#!/bin/sh
exec python3 -c 'import json, urllib.request
answer = json.load(urllib.request.urlopen("{}/"))
print(json.dumps({{"accessToken": answer["access_token"], "expires_on": int(answer["expires_on"]), "tokenType": "Bearer"}}))'
"#,
        scene.entra.http()
    ));
    let said = scene.child(&[("PATH", &path)]).await;
    assert!(said.contains("used the login of the Azure CLI"), "{said}");
    assert!(said.contains("conforms"), "{said}");

    az("#!/bin/sh\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n");
    let said = scene.child(&[("PATH", &path)]).await;
    assert!(said.contains("as the login of the Azure CLI"), "{said}");
    assert!(said.contains("log in with `az login`"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_without_a_token_is_named() {
    let scene = Scene::set();
    let nobody = ("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9");
    let said = scene
        .child(&[
            ("AZURE_CLIENT_SECRET", "s3cr3t-password"),
            CLIENT,
            TENANT,
            nobody,
        ])
        .await;
    assert!(
        said.contains("refused: cannot create `flows-")
            && said.contains("as the service principal with client id `1111"),
        "{said}"
    );
    assert!(said.contains("check the identity's client id"), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
}
