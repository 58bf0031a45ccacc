//! Names that become Rust identifiers: of a flow's parameters, and of the folder and package of a flow.
//!
//! They are snake case, so that rustc has nothing to say about the code that is written with them.

use std::fmt;
use std::str::FromStr;

use crate::Explain;
use crate::text::{quoted, text_type, visible};

/// Why a name cannot become a Rust identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// The name has no characters.
    #[error("the {kind} is empty")]
    Empty {
        /// What is named, such as `parameter name`.
        kind: &'static str,
    },
    /// A character outside `[a-z0-9_]`, or a digit or separator where there may be none.
    #[error("the {kind} {} has `{}` at position {position}", quoted(name), visible(*.character))]
    Character {
        /// What is named, such as `parameter name`.
        kind: &'static str,
        /// The whole name.
        name: String,
        /// The character that is out of place.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
    /// A word of the language.
    #[error("the {kind} `{name}` is a keyword of Rust")]
    Keyword {
        /// What is named, such as `parameter name`.
        kind: &'static str,
        /// The whole name.
        name: String,
    },
}

impl Explain for IdentifierError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Character { name, .. } => match snake_case(name) {
                Some(plain) => format!("write `{plain}`"),
                None => RULE.to_owned(),
            },
            Self::Empty { .. } => RULE.to_owned(),
            Self::Keyword { name, .. } => format!("write another word, such as `{name}_value`"),
        })
    }
}

const RULE: &str =
    "write lower-case letters, digits and `_`, a letter first, such as `daily_report`";

/// Every word that edition 2024 keeps for itself.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn check(kind: &'static str, name: &str, separators: &[char]) -> Result<(), IdentifierError> {
    if name.is_empty() {
        return Err(IdentifierError::Empty { kind });
    }
    let out_of_place = |position: usize, character: char| IdentifierError::Character {
        kind,
        name: name.to_owned(),
        character,
        position,
    };
    let mut previous = None;
    for (index, character) in name.chars().enumerate() {
        let fits = match character {
            'a'..='z' => true,
            '0'..='9' => previous.is_some(),
            // rustc warns of two underscores in a row.
            other => separators.contains(&other) && previous.is_some_and(|last| last != '_'),
        };
        if !fits {
            return Err(out_of_place(index + 1, character));
        }
        previous = Some(if separators.contains(&character) {
            '_'
        } else {
            character
        });
    }
    if previous == Some('_') {
        let last = name.chars().count();
        return Err(out_of_place(last, name.chars().next_back().unwrap_or('_')));
    }
    if KEYWORDS.contains(&name.replace('-', "_").as_str()) {
        return Err(IdentifierError::Keyword {
            kind,
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// The nearest name that is snake case, if the text has a letter at all: `DailyReport` becomes `daily_report`.
fn snake_case(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut within_word = false;
    for character in text.chars() {
        if character.is_ascii_uppercase() && within_word {
            plain.push('_');
        }
        within_word = character.is_ascii_lowercase() || character.is_ascii_digit();
        plain.push(if character.is_ascii_alphanumeric() {
            character.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    let plain = words.join("_");
    let plain = plain.trim_start_matches(|letter: char| !letter.is_ascii_lowercase());
    (!plain.is_empty()).then(|| plain.to_owned())
}

text_type!(
    /// The name of a flow's parameter, such as `region`.
    ParameterName, IdentifierError, |name| check("parameter name", name, &['_']));

/// Why a text is not the place of a flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowPlaceError {
    /// There are not two names with a slash between them.
    #[error("{} is not of the form `project/flow`", quoted(text))]
    Form {
        /// The whole text.
        text: String,
    },
    /// The name of the project or of the flow breaks its rule.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// The package would be taken for one of Longshore's own.
    #[error("the project name `longshore` is kept for Longshore's own packages")]
    OwnProject,
}

impl Explain for FlowPlaceError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Form { text } => {
                let inner = text.trim_matches('/');
                let inner = inner.strip_prefix("projects/").unwrap_or(inner);
                let fixed = inner.parse::<FlowPlace>();
                Some(match fixed {
                    Ok(place) => format!("write `{place}`"),
                    Err(_) => "write two names, such as `finance/daily_report`".to_owned(),
                })
            }
            Self::Name(error) => error.help(),
            Self::OwnProject => Some("name the project after what its flows are about".to_owned()),
        }
    }
}

/// Project and name of a flow: `finance/daily_report` is the folder `projects/finance/daily_report`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    project: String,
    flow: String,
}

impl FromStr for FlowPlace {
    type Err = FlowPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (project, flow) = match text.split_once('/') {
            Some((project, flow)) if !flow.contains('/') => (project, flow),
            _ => {
                return Err(FlowPlaceError::Form {
                    text: text.to_owned(),
                });
            }
        };
        check("project name", project, &['_', '-'])?;
        check("flow name", flow, &['_', '-'])?;
        if project == "longshore" {
            return Err(FlowPlaceError::OwnProject);
        }
        Ok(Self {
            project: project.to_owned(),
            flow: flow.to_owned(),
        })
    }
}

impl fmt::Display for FlowPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.project, self.flow)
    }
}

impl FlowPlace {
    /// The project, as its folder is named.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The flow, as its folder is named.
    #[must_use]
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// The name of the flow's function.
    #[must_use]
    pub fn function(&self) -> String {
        self.flow.replace('-', "_")
    }

    /// The name under which the flow is registered, unless its attribute says another one.
    #[must_use]
    pub fn flow_name(&self) -> String {
        self.flow.replace('_', "-")
    }

    /// The cargo package: `<project>-<flow>`, with hyphens alone.
    #[must_use]
    pub fn package(&self) -> String {
        format!("{}-{}", self.project, self.flow).replace('_', "-")
    }

    /// The folder from the workspace root, with `/`.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("projects/{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T: FromStr<Err: Explain> + fmt::Debug>(text: &str) -> (String, String) {
        let error = text.parse::<T>().expect_err("a name that is refused");
        (error.to_string(), error.help().expect("a remedy"))
    }

    #[test]
    fn a_parameter_is_a_snake_case_identifier() {
        for name in ["days", "max_rows", "x2"] {
            assert_eq!(name.parse::<ParameterName>().unwrap().as_str(), name);
        }
        for (name, message, help) in [
            ("maxRows", "has `R` at position 4", "write `max_rows`"),
            ("max-rows", "has `-` at position 4", "write `max_rows`"),
            ("2days", "has `2` at position 1", "write `days`"),
            ("_days", "has `_` at position 1", "write `days`"),
            ("a__b", "has `_` at position 3", "write `a_b`"),
            ("days_", "has `_` at position 5", "write `days`"),
            ("größe", "has `ö` at position 3", "write `gr_e`"),
            ("type", "is a keyword of Rust", "write another word"),
            ("", "the parameter name is empty", "a letter first"),
            ("12", "has `1` at position 1", "a letter first"),
        ] {
            let (said, remedy) = said::<ParameterName>(name);
            assert!(said.contains(message), "{said}");
            assert!(remedy.contains(help), "{remedy}");
        }
    }

    #[test]
    fn a_place_names_folder_package_and_function() {
        let place: FlowPlace = "north-sea/day_ahead-prices".parse().unwrap();
        assert_eq!(place.folder(), "projects/north-sea/day_ahead-prices");
        assert_eq!(place.package(), "north-sea-day-ahead-prices");
        assert_eq!(place.function(), "day_ahead_prices");
        assert_eq!(place.flow_name(), "day-ahead-prices");
    }

    #[test]
    fn a_place_that_cannot_be_a_crate_is_refused() {
        for (text, message, help) in [
            (
                "report",
                "`report` is not of the form `project/flow`",
                "finance/daily_report",
            ),
            ("projects/a/b", "not of the form", "write `a/b`"),
            ("a/b/", "not of the form", "write `a/b`"),
            (
                "Finance/report",
                "the project name `Finance` has `F` at position 1",
                "write `finance`",
            ),
            ("finance/", "the flow name is empty", "a letter first"),
            ("finance/../x", "not of the form", "write two names"),
            (
                "finance/match",
                "the flow name `match` is a keyword",
                "another word",
            ),
            (
                "longshore/deploy",
                "kept for Longshore's own",
                "name the project",
            ),
        ] {
            let (said, remedy) = said::<FlowPlace>(text);
            assert!(said.contains(message), "{said}");
            assert!(remedy.contains(help), "{remedy}");
        }
    }
}
