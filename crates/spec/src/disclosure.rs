//! Which plain values are likely to be secrets, so that no output shows them.

/// Words at the end of a part of a name that mark a secret.
const SECRET_WORDS: [&str; 10] = [
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
];

/// Last parts of a name that mark a secret.
const SECRET_ENDINGS: [&str; 4] = ["KEY", "PAT", "PWD", "SAS"];

/// Parts of a value that precede a secret in connection strings and signed addresses, in lower case.
const SECRET_MARKS: [&str; 6] = [
    "accountkey=",
    "password=",
    "pwd=",
    "sharedaccesskey=",
    "sharedaccesssignature=",
    "sig=",
];

/// Returns whether a variable is likely to hold a secret, by its name or by its value.
#[must_use]
pub fn looks_secret(name: &str, value: &str) -> bool {
    has_secret_name(name) || has_secret_value(value)
}

/// Returns whether the name of a variable announces a secret: `DB_PASSWORD`, `API_KEY`.
#[must_use]
pub fn has_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut parts = name.split(['_', '-', '.']).filter(|part| !part.is_empty());
    let ends_in_word = |part: &str| SECRET_WORDS.iter().any(|word| part.ends_with(word));
    let last = parts.clone().next_back().unwrap_or_default();
    // `PWD` and `OLDPWD` alone are the working directory of a shell.
    let has_ending = parts.clone().count() > 1 && SECRET_ENDINGS.contains(&last);
    has_ending || parts.any(ends_in_word)
}

/// Returns whether a value has the form of a secret: a password in an address, a connection string, a private key.
fn has_secret_value(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    SECRET_MARKS.iter().any(|mark| lower.contains(mark))
        || lower.contains("private key-----")
        || has_password_in_address(value)
}

fn has_password_in_address(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .is_some_and(|(user, _)| user.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_announce_a_secret_are_known() {
        for name in [
            "DB_PASSWORD",
            "DBPASSWORD",
            "password",
            "GITHUB_TOKEN",
            "TOKEN_FOR_PRICES",
            "CLIENT_SECRET",
            "API_KEY",
            "OPENAI_APIKEY",
            "STORAGE_SAS",
            "MYSQL_PWD",
            "AWS-SECRET-ACCESS-KEY",
        ] {
            assert!(has_secret_name(name), "{name}");
        }
        for name in [
            "REGION",
            "PWD",
            "OLDPWD",
            "KEY",
            "TOKENIZERS_PARALLELISM",
            "KEYBOARD",
            "PRIMARY_KEY_COLUMN",
            "MONKEY",
            "",
        ] {
            assert!(!has_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_with_a_secret_are_known() {
        for value in [
            "postgres://reader:geheim@db/prices",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b;",
            "https://acme.blob.core.windows.net/flows?sv=1&sig=x",
            "Server=db;User Id=sa;Password=x",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(looks_secret("REGION", value), "{value}");
        }
        for value in [
            "eu",
            "https://acme.example/a:b@c",
            "https://reader@db/prices",
            "mailto:team@acme.example",
            "",
        ] {
            assert!(!looks_secret("REGION", value), "{value}");
        }
    }
}
