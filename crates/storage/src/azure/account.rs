//! A storage account and the address of its blob service.

use std::net::IpAddr;

use azure_core::http::Url;
use percent_encoding::percent_decode_str;

/// Host suffix of the public cloud's blob service.
const PUBLIC_SUFFIX: &str = "core.windows.net";

/// A storage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Address of its blob service, without a query.
    pub endpoint: Url,
}

impl Account {
    /// An account of the public cloud; `None` if the name is none of an account (3 to 24 lower-case letters and digits).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::with_suffix(name, PUBLIC_SUFFIX, "https")
    }

    pub(crate) fn with_suffix(name: &str, suffix: &str, scheme: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(3..=24).contains(&name.len()) || !name.bytes().all(fits) {
            return None;
        }
        let endpoint = Url::parse(&format!("{scheme}://{name}.blob.{suffix}/")).ok()?;
        Some(Self {
            name: name.to_owned(),
            endpoint,
        })
    }

    /// The account whose blob service has this URL, or something in it: `https://<account>.blob.core.windows.net/...`.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        Some(Self::of_text(url)?.0)
    }

    pub(crate) fn of_text(url: &str) -> Option<(Self, Vec<String>)> {
        let url = Url::parse(url).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Self::of_url(&url)
    }

    /// The account of a URL, and the parts of the path behind it: container, folders, file.
    ///
    /// The account is the host's first label, or the path's first part where the host is an address or `localhost`, as
    /// with Azurite.
    pub(crate) fn of_url(url: &Url) -> Option<(Self, Vec<String>)> {
        let host = url.host_str()?;
        let mut parts: Vec<String> = url
            .path_segments()?
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let mut endpoint = url.clone();
        endpoint.set_query(None);
        endpoint.set_fragment(None);
        let name = if is_address(host) {
            if parts.is_empty() {
                return None;
            }
            let name = parts.remove(0);
            endpoint.set_path(&name);
            name
        } else {
            endpoint.set_path("/");
            host.split('.').next()?.to_owned()
        };
        Some((Self { name, endpoint }, parts))
    }

    /// Container, folders and file of a location, at least the container, if the account's blob service gives exactly this URL for them.
    ///
    /// Any other way to write it (`..`, encoded slashes, another case of the host) is not a location of this account.
    pub(crate) fn parts_of(&self, location: &str) -> Option<Vec<String>> {
        let url = Url::parse(location).ok()?;
        let base = self
            .endpoint
            .path_segments()?
            .filter(|part| !part.is_empty());
        let mut parts = Vec::new();
        for part in url.path_segments()?.skip(base.count()) {
            let part = percent_decode_str(part).decode_utf8().ok()?;
            if part.is_empty() || part.contains(['/', '\\']) || part.contains(char::is_control) {
                return None;
            }
            parts.push(part.into_owned());
        }
        let (container, path) = parts.split_first()?;
        (self.url(container, &path.join("/")).as_str() == location).then_some(parts)
    }

    /// Whether its blob service is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.endpoint.host_str().unwrap_or_default();
        let address = bare(host).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The URL of something in a container; `path` has `/` between its parts.
    pub(crate) fn url(&self, container: &str, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().push(container);
            parts.extend(path.split('/').filter(|part| !part.is_empty()));
        }
        url
    }
}

fn is_address(host: &str) -> bool {
    host == "localhost" || bare(host).parse::<IpAddr>().is_ok()
}

/// A host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> (String, String, Vec<String>) {
        let (account, parts) = Account::of_url(&Url::parse(url).unwrap()).unwrap();
        (account.name, account.endpoint.to_string(), parts)
    }

    #[test]
    fn the_account_is_in_the_host_or_in_the_path() {
        let parts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
        assert_eq!(
            of("https://acme.blob.core.windows.net/flows/team/x"),
            (
                "acme".to_owned(),
                "https://acme.blob.core.windows.net/".to_owned(),
                parts(&["flows", "team", "x"])
            )
        );
        assert_eq!(
            of("http://127.0.0.1:10000/devstoreaccount1/flows?sig=x"),
            (
                "devstoreaccount1".to_owned(),
                "http://127.0.0.1:10000/devstoreaccount1".to_owned(),
                parts(&["flows"])
            )
        );
        assert_eq!(
            Account::of_url(&Url::parse("http://[::1]:1/").unwrap()),
            None
        );
    }

    #[test]
    fn a_url_has_the_parts_of_its_path() {
        let account = Account::named("acme").unwrap();
        assert_eq!(
            account.url("flows", "team/projects/a b/c").as_str(),
            "https://acme.blob.core.windows.net/flows/team/projects/a%20b/c"
        );
        assert_eq!(Account::named("Acme"), None);
        assert_eq!(Account::named("a.evil.example"), None);
    }
}
