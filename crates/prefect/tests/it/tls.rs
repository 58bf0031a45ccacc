//! Servers behind TLS: whom the client trusts, and what it says of those that it does not.

use std::path::PathBuf;
use std::sync::Arc;

use longshore_prefect::{Client, ClientOptions, Failure, SetupError, Trust};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::script::{Reply, read};

/// A server whose certificate comes from an authority of its own.
pub(crate) struct Secured {
    pub(crate) port: u16,
    folder: TempDir,
}

impl Secured {
    /// Answers `true` to everything; the certificate is made out to `name`.
    pub(crate) async fn start(name: &str, adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"))
                .expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let mut server = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        adjust(&mut server);
        let server = server.signed_by(&key, &authority).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).expect("a file");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(
                vec![server.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust us ends the handshake.
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        read(&mut stream).await;
                        Reply::json(200, json!(true)).send(&mut stream).await;
                    }
                });
            }
        });
        Self { port, folder }
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn client(&self, host: &str, trust: Trust) -> Client {
        Client::new(ClientOptions {
            trust,
            ..ClientOptions::new(format!("https://{host}:{}/api", self.port))
        })
        .expect("a client")
    }

    fn own(&self) -> Trust {
        Trust {
            certificates: Some(self.authority()),
            anybody: false,
        }
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let server = Secured::start("localhost", |_| ()).await;
    let client = server.client("localhost", server.own());
    assert!(client.health().await.expect("an answer"));
    let anybody = Trust {
        anybody: true,
        ..Trust::default()
    };
    let client = server.client("127.0.0.1", anybody);
    assert!(client.health().await.expect("an answer"), "any name too");
}

async fn said(client: &Client) -> (String, String) {
    let error = client.health().await.expect_err("no trust");
    assert!(matches!(error.failure(), Failure::Tls(_)), "{error:?}");
    assert_eq!(error.attempts(), 1, "another try changes nothing");
    (error.to_string(), error.help().expect("a help"))
}

#[tokio::test]
async fn what_tls_objects_to_is_told_with_the_remedy() {
    let server = Secured::start("localhost", |_| ()).await;
    let (text, help) = said(&server.client("localhost", Trust::default())).await;
    assert!(
        text.starts_with("could not ask for the server's health: GET https://localhost:")
            && text.ends_with("/api/health could not be sent: no secure connection"),
        "{text}"
    );
    assert!(help.contains("set PREFECT_API_SSL_CERT_FILE"), "{help}");

    let (_, help) = said(&server.client("127.0.0.1", server.own())).await;
    assert!(help.contains("use a name in PREFECT_API_URL"), "{help}");

    let old = Secured::start("localhost", |server| {
        server.not_before = rcgen::date_time_ymd(2019, 1, 1);
        server.not_after = rcgen::date_time_ymd(2020, 1, 1);
    })
    .await;
    let (_, help) = said(&old.client("localhost", old.own())).await;
    assert!(help.contains("renew the server's certificate"), "{help}");

    let authority = Secured::start("localhost", |server| {
        server.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    })
    .await;
    let (_, help) = said(&authority.client("localhost", authority.own())).await;
    assert!(help.contains("CA:FALSE"), "{help}");

    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = plain.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.expect("a connection");
        // What a server without TLS says to the beginning of a handshake.
        Reply::Answer(400, "", String::new())
            .send(&mut stream)
            .await;
    });
    let options = ClientOptions::new(format!("https://{address}/api"));
    let (_, help) = said(&Client::new(options).expect("a client")).await;
    assert!(
        help.contains("write `http://` in PREFECT_API_URL"),
        "{help}"
    );
}

#[test]
fn a_file_without_certificates_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let set_up = || {
        Client::new(ClientOptions {
            trust: Trust {
                certificates: Some(file.clone()),
                anybody: false,
            },
            ..ClientOptions::new("https://localhost:4200/api")
        })
        .map(drop)
        .expect_err("no certificates")
    };
    let error = set_up();
    assert!(
        matches!(error, SetupError::ReadCertificates { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("ca.pem"), "{error}");
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
        std::fs::write(&file, text).expect("a file");
        let error = set_up();
        assert!(
            matches!(error, SetupError::ParseCertificates { .. }),
            "{error:?}"
        );
        assert!(
            error.help().contains("PREFECT_API_SSL_CERT_FILE"),
            "{error}"
        );
    }
}
