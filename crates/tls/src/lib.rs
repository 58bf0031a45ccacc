//! TLS configuration of Longshore's HTTP clients, with a crypto provider of their own.
//!
//! `rustls` also has a provider of the process, which only one crate can install. A flow may install its own, and expects
//! to be the first, so Longshore installs none and passes its provider to each client.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Servers whose certificate is accepted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those with a certificate of the system's authorities, or of `SSL_CERT_FILE` if it is set, and of these authorities.
    ///
    /// Where the system has none, as in an image from scratch, Mozilla's authorities take their place.
    System(Vec<CertificateDer<'static>>),
    /// All of them, an attacker's included.
    Anybody,
    /// None of them: for plain http, which works in a container without certificates.
    Nobody,
}

/// Returns the configuration of a client.
///
/// # Errors
/// The certificates of the system cannot be read, or an additional one is damaged.
pub fn client_config(trust: Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder: ConfigBuilder<ClientConfig, WantsClientCert> = match trust {
        Trust::Nobody => builder.with_root_certificates(RootCertStore::empty()),
        Trust::System(authorities) => {
            let verifier = verifier(authorities, provider)?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
        Trust::Anybody => {
            let verifier = Arc::new(Unverified(provider));
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        }
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    authorities: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, Error> {
    // An `SSL_CERT_FILE` that cannot be read is a mistake to report, not a wish for other authorities.
    let may_replace = authorities.is_empty() && std::env::var_os("SSL_CERT_FILE").is_none();
    match Verifier::new_with_extra_roots(authorities, Arc::clone(&provider)) {
        Err(_) if may_replace => {
            Verifier::new_with_extra_roots(TLS_SERVER_ROOT_CERTS.iter().cloned(), provider)
        }
        verifier => verifier,
    }
}

/// Returns the certificates in a PEM file's content; empty if there is none, or one is damaged.
pub fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .unwrap_or_default()
}

/// Accepts every certificate, but only with signatures that fit it.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
