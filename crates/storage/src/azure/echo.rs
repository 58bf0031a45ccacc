//! What a refusal may show of the request: everything but its credentials.

use azure_core::http::{Body, Request, Url};
use longshore_mask::Mask;

/// Headers whose value is a credential.
const HEADERS: [&str; 3] = ["authorization", "x-identity-header", "secret"];

/// Parameters of a query or of a form whose value is a credential: a shared access signature's, and those by which a
/// token is requested (RFC 6749, section 2.3.1, and RFC 7523, section 2.2).
const PARAMETERS: [&str; 4] = ["sig", "client_secret", "client_assertion", "assertion"];

/// Returns a mask of the credentials that a request carries, which a service or a proxy may echo.
pub(super) fn credentials(request: &Request) -> Mask {
    let mut secrets = parameters(request.url());
    for (name, value) in request.headers().iter() {
        if HEADERS.contains(&name.as_str().to_ascii_lowercase().as_str()) {
            let value = value.as_str();
            // `Bearer <token>`, or `SharedKey <account>:<signature>`.
            let (_, secret) = value.split_once(' ').unwrap_or(("", value));
            let (_, secret) = secret.split_once(':').unwrap_or(("", secret));
            secrets.push(secret.to_owned());
        }
    }
    // A form is what asks for a token; other bodies are artifacts.
    if let Body::Bytes(bytes) = request.body()
        && let Ok(text) = std::str::from_utf8(bytes)
        && PARAMETERS
            .iter()
            .any(|name| text.contains(&format!("{name}=")))
        && let Ok(mut form) = Url::parse("http://localhost/")
    {
        form.set_query(Some(text));
        secrets.extend(parameters(&form));
    }
    Mask::new(secrets.iter().map(String::as_str))
}

fn parameters(url: &Url) -> Vec<String> {
    let pairs = url.query_pairs();
    let secret = pairs.filter(|(name, _)| PARAMETERS.contains(&name.as_ref()));
    secret.map(|(_, value)| value.into_owned()).collect()
}
