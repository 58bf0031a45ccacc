//! Connection strings as Azure's portal and command line print them.

use azure_core::credentials::Secret;
use azure_core::http::Url;

use super::account::Account;

/// Published account and key of the emulator.
const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_PORT: u16 = 10000;

/// What a connection string holds.
#[derive(Debug)]
pub(crate) struct ConnectionString {
    pub(crate) account: Account,
    pub(crate) secret: AccountSecret,
}

/// A secret that belongs to an account.
#[derive(Debug, Clone)]
pub(crate) enum AccountSecret {
    /// The account's key, in base64.
    Key(Secret),
    /// A shared access signature, as a query without `?`.
    Signature(Secret),
}

/// A connection string that cannot be used; no variant shows a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionStringError {
    /// A part is not `Name=value`.
    #[error("part {0} of the connection string is not `Name=value`")]
    Part(usize),
    /// A name without which the account cannot be used.
    #[error("the connection string has no `{0}`")]
    Missing(&'static str),
    /// A value that is not of the form its name asks for.
    #[error("`{0}` in the connection string is not valid")]
    Value(&'static str),
}

impl ConnectionString {
    /// Reads `Name=value` pairs with `;` between them; the names are matched without regard to case.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let mut pairs = Vec::new();
        for (index, part) in text.split(';').map(str::trim).enumerate() {
            if part.is_empty() {
                continue;
            }
            let pair = part.split_once('=');
            let (name, value) = pair.ok_or(ConnectionStringError::Part(index + 1))?;
            pairs.push((name.trim(), value.trim()));
        }
        let value = |wanted: &str| {
            let mut of_name = pairs
                .iter()
                .filter(|(name, value)| name.eq_ignore_ascii_case(wanted) && !value.is_empty());
            of_name.next().map(|(_, value)| *value)
        };
        if value("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return emulator(value("DevelopmentStorageProxyUri"));
        }
        let secret = match (value("AccountKey"), value("SharedAccessSignature")) {
            (Some(key), _) => {
                azure_core::base64::decode(key)
                    .map_err(|_| ConnectionStringError::Value("AccountKey"))?;
                AccountSecret::Key(Secret::new(key.to_owned()))
            }
            (None, Some(signature)) => AccountSecret::signature(signature),
            (None, None) => return Err(ConnectionStringError::Missing("AccountKey")),
        };
        let account = account(&value)?;
        Ok(Self { account, secret })
    }
}

impl AccountSecret {
    pub(crate) fn signature(text: &str) -> Self {
        let query = text.trim().trim_start_matches('?');
        Self::Signature(Secret::new(query.to_owned()))
    }
}

fn account<'a>(value: &impl Fn(&str) -> Option<&'a str>) -> Result<Account, ConnectionStringError> {
    let invalid = ConnectionStringError::Value;
    if let Some(endpoint) = value("BlobEndpoint") {
        let url = Url::parse(endpoint).map_err(|_| invalid("BlobEndpoint"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("BlobEndpoint"));
        }
        let (mut account, rest) = Account::of_url(&url).ok_or(invalid("BlobEndpoint"))?;
        if !rest.is_empty() {
            account.endpoint = url;
        }
        // A host of one's own says nothing of the account.
        if let Some(name) = value("AccountName") {
            account.name = name.to_owned();
        }
        return Ok(account);
    }
    let name = value("AccountName").ok_or(ConnectionStringError::Missing("AccountName"))?;
    let suffix = value("EndpointSuffix").unwrap_or("core.windows.net");
    let scheme = value("DefaultEndpointsProtocol").unwrap_or("https");
    if !matches!(scheme, "http" | "https") {
        return Err(invalid("DefaultEndpointsProtocol"));
    }
    Account::with_suffix(name, suffix, scheme).ok_or(invalid("AccountName"))
}

fn emulator(proxy: Option<&str>) -> Result<ConnectionString, ConnectionStringError> {
    let invalid = ConnectionStringError::Value("DevelopmentStorageProxyUri");
    let mut url = Url::parse(proxy.unwrap_or("http://127.0.0.1")).map_err(|_| invalid.clone())?;
    if url.port().is_none() {
        url.set_port(Some(EMULATOR_PORT)).map_err(|()| invalid)?;
    }
    url.set_path(EMULATOR_ACCOUNT);
    Ok(ConnectionString {
        account: Account {
            name: EMULATOR_ACCOUNT.to_owned(),
            endpoint: url,
        },
        secret: AccountSecret::Key(Secret::new(EMULATOR_KEY)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> String {
        let read = ConnectionString::parse(text).unwrap();
        format!("{} {}", read.account.name, read.account.endpoint)
    }

    #[test]
    fn endpoints_come_from_name_and_suffix_or_as_they_are() {
        for (text, expected) in [
            (
                "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.windows.net",
                "acme https://acme.blob.core.windows.net/",
            ),
            (
                "AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn;",
                "acme https://acme.blob.core.chinacloudapi.cn/",
            ),
            (
                "accountname=acme;accountkey=a2V5;BlobEndpoint=https://files.acme.example/",
                "acme https://files.acme.example/",
            ),
            (
                "BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;AccountName=devstoreaccount1;AccountKey=a2V5",
                "devstoreaccount1 http://127.0.0.1:1/devstoreaccount1",
            ),
            (
                "BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=?sv=2024&sig=a%3D",
                "acme https://acme.blob.core.windows.net/",
            ),
            (
                "UseDevelopmentStorage=true",
                "devstoreaccount1 http://127.0.0.1:10000/devstoreaccount1",
            ),
            (
                "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite",
                "devstoreaccount1 http://azurite:10000/devstoreaccount1",
            ),
        ] {
            assert_eq!(endpoint(text), expected, "{text}");
        }
    }

    #[test]
    fn a_signature_loses_its_question_mark() {
        let read =
            ConnectionString::parse("AccountName=acme;SharedAccessSignature=?sig=x").unwrap();
        let AccountSecret::Signature(signature) = read.secret else {
            panic!("{read:?}");
        };
        assert_eq!(signature.secret(), "sig=x");
    }

    #[test]
    fn mistakes_are_named_without_their_value() {
        for (text, expected) in [
            ("AccountName", ConnectionStringError::Part(1)),
            (
                "AccountName=acme",
                ConnectionStringError::Missing("AccountKey"),
            ),
            (
                "AccountKey=a2V5",
                ConnectionStringError::Missing("AccountName"),
            ),
            (
                "AccountName=acme;AccountKey=not base64",
                ConnectionStringError::Value("AccountKey"),
            ),
            (
                "AccountName=a/b;AccountKey=a2V5",
                ConnectionStringError::Value("AccountName"),
            ),
            (
                "BlobEndpoint=ftp://x/;AccountKey=a2V5",
                ConnectionStringError::Value("BlobEndpoint"),
            ),
        ] {
            assert_eq!(
                ConnectionString::parse(text).unwrap_err(),
                expected,
                "{text}"
            );
        }
    }
}
