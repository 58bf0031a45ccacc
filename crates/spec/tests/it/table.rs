//! Tables of texts that a rule takes or refuses.

use longshore_spec::Explain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// Every text is taken, shown as it was written (spans in their canonical form), and survives JSON.
pub(crate) fn accepts<T>(texts: &[&str])
where
    T: FromStr + Display + Debug + PartialEq + Serialize + DeserializeOwned,
    T::Err: Explain,
{
    for text in texts {
        let value: T = text
            .parse()
            .unwrap_or_else(|error| panic!("{text:?} is refused: {error}"));
        let json = serde_json::to_string(&value).expect("JSON");
        assert_eq!(
            json,
            serde_json::to_string(&value.to_string()).expect("JSON"),
            "{text:?}"
        );
        assert_eq!(
            serde_json::from_str::<T>(&json).expect("from JSON"),
            value,
            "{text:?}"
        );
    }
}

/// Every text is refused with exactly this message and this help, also by `Deserialize`.
pub(crate) fn refuses<T>(rows: &[(&str, &str, &str)])
where
    T: FromStr + DeserializeOwned + Debug,
    T::Err: Explain,
{
    for (text, message, help) in rows {
        let Err(error) = text.parse::<T>() else {
            panic!("{text:?} is taken")
        };
        assert_eq!(
            (error.to_string().as_str(), error.help().as_deref()),
            (*message, Some(*help)),
            "{text:?}"
        );
        let json = serde_json::to_string(text).expect("JSON");
        let error = serde_json::from_str::<T>(&json).expect_err("refused");
        assert!(
            error.to_string().contains(message) && error.to_string().contains(help),
            "{text:?}: {error}"
        );
    }
}
