//! Identities of Microsoft Entra: Azurite with `--oauth basic`, and an endpoint of our own that gives tokens.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use longshore_rig::AzuriteServer;
use longshore_storage::{Access, Account, AzureStore, Store};
use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

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
    folder: TempDir,
    /// Address of the endpoint that gives tokens, and what it was asked.
    https: String,
    http: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn set() -> Self {
        let folder = TempDir::new().unwrap();
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (
            folder.path().join("certificate.pem"),
            folder.path().join("key.pem"),
        );
        fs::write(&certificate, cert.pem()).unwrap();
        fs::write(&key, signing_key.serialize_pem()).unwrap();
        let azurite = AzuriteServer::start_with_tokens(&certificate, &key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(cert.der().to_vec())],
                PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap(),
            )
            .unwrap();
        let asked = Arc::default();
        let https = serve(Some(TlsAcceptor::from(Arc::new(config))), &asked).await;
        let http = serve(None, &asked).await;
        Self {
            azurite,
            folder,
            https: format!("https://{https}"),
            http: format!("http://{http}"),
            asked,
        }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
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
            .env("SSL_CERT_FILE", self.certificate())
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

    fn asked(&self) -> String {
        std::mem::take(&mut *self.asked.lock().unwrap()).join("\n")
    }
}

/// Starts an endpoint that gives a token to everybody, and returns its address.
async fn serve(tls: Option<TlsAcceptor>, asked: &Arc<Mutex<Vec<String>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::clone(asked);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (tls, asked) = (tls.clone(), Arc::clone(&asked));
            tokio::spawn(async move {
                match tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => answer(stream, &asked).await,
                        Err(error) => asked.lock().unwrap().push(format!("no TLS: {error}")),
                    },
                    None => answer(stream, &asked).await,
                }
            });
        }
    });
    address
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, asked: &Mutex<Vec<String>>) {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        request.push_str(&String::from_utf8_lossy(&buffer[..length]));
        let body = request.split_once("\r\n\r\n").map(|(_, body)| body.len());
        let expected = request.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        if length == 0 || body.is_some_and(|body| body >= expected.unwrap_or(0)) {
            break;
        }
    }
    let now = now();
    let body = format!(
        r#"{{"token_type":"Bearer","expires_in":3600,"expires_on":"{}","resource":"https://storage.azure.com/","access_token":"{}"}}"#,
        now + 3600,
        token(now)
    );
    asked.lock().unwrap().push(request);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all((head + &body).as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Seconds since 1970.
fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.unwrap().as_secs()
}

/// A token as Entra makes them for storage; Azurite reads its claims and no signature.
fn token(now: u64) -> String {
    let part = |text: String| {
        let text = azure_core::base64::encode(text);
        text.trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_")
    };
    let header = part(r#"{"typ":"JWT","alg":"RS256"}"#.to_owned());
    let tenant = "22222222-2222-2222-2222-222222222222";
    let claims = part(format!(
        r#"{{"aud":"https://storage.azure.com","iss":"https://sts.windows.net/{tenant}/","iat":{now},"nbf":{},"exp":{},"tid":"{tenant}","oid":"33333333-3333-3333-3333-333333333333","ver":"1.0"}}"#,
        now - 60,
        now + 3600
    ));
    format!("{header}.{claims}.{}", part("signature".to_owned()))
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
    let scene = Scene::set().await;
    let file = write(&scene.folder.path().join("token"), "s3cr3t-federated-token");
    let authority = ("AZURE_AUTHORITY_HOST", scene.https.as_str());

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
        scene.asked()
    );
    assert!(said.contains("conforms"), "{said}\n{}", scene.asked());
    assert!(!said.contains("s3cr3t"), "{said}");
    let asked = scene.asked();
    assert!(
        asked.contains("POST /22222222-2222-2222-2222-222222222222/oauth2/v2.0/token"),
        "{asked}"
    );
    assert!(
        asked.contains("client_assertion=s3cr3t-federated-token"),
        "{asked}"
    );

    let endpoint = format!("{}/msi/token", scene.http);
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
    assert!(said.contains("conforms"), "{said}\n{}", scene.asked());
    let asked = scene.asked();
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
    assert!(scene.asked().contains("client_secret=s3cr3t-password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_of_the_command_line_is_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::set().await;
    let programs = scene.folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let az = |script: &str| {
        let program = programs.join("az");
        write(&program, script);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    };
    // A program in the place of the Azure CLI, which answers as the real one does.
    let now = now();
    az(&format!(
        "#!/bin/sh\ncat <<'END'\n{{\"accessToken\":\"{}\",\"expires_on\":{},\"tokenType\":\"Bearer\"}}\nEND\n",
        token(now),
        now + 3600
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
    let scene = Scene::set().await;
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
