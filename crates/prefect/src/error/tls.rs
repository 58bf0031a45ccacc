//! What is wrong with a connection that could not be made secure.

use std::error::Error;
use std::io;

use rustls::{CertificateError, Error as TlsError};

/// Whether TLS is the reason, which another try would not change.
pub(crate) fn is_about_tls(error: &reqwest::Error) -> bool {
    reason(error).is_some()
}

/// What TLS says, somewhere down the chain of causes.
fn reason<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = error.downcast_ref() {
            return Some(reason);
        }
        // Its source is the source of what it wraps, not what it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref());
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// What to do about it.
pub(super) fn help(error: &reqwest::Error) -> &'static str {
    match reason(error) {
        Some(TlsError::InvalidCertificate(wrong)) => certificate_help(wrong),
        Some(TlsError::InvalidMessage(_)) => {
            "the server does not speak TLS there: write `http://` in PREFECT_API_URL, or its https port"
        }
        _ => {
            "the server or a proxy before it wants another TLS than this client speaks (1.2 and 1.3)"
        }
    }
}

fn certificate_help(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use a name in PREFECT_API_URL that the server's certificate is made out to"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "renew the server's certificate, or set this machine's clock"
        }
        // The library that says so is not one of ours, so that its type cannot be asked for.
        CertificateError::Other(reason) if reason.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows the certificate of an authority as its own, as `openssl req -x509` makes it; make it anew \
             with `-addext basicConstraints=critical,CA:FALSE`, and set PREFECT_API_SSL_CERT_FILE to it"
        }
        _ => {
            "if the server's certificate comes from an authority of your own, set PREFECT_API_SSL_CERT_FILE to a PEM file \
             with that authority's certificate"
        }
    }
}
