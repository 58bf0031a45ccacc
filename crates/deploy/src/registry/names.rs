//! Names that people would confuse, and former names that are still in use.

use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;
use longshore::record::{DeploymentRecord, SourceLocation};
use longshore::registry::Registry;

use super::RegistryProblem;

/// Finds different names that look equal: those of flows, and those of one flow's deployments.
pub(super) fn look_alikes(registry: &Registry) -> Vec<RegistryProblem> {
    let flows = registry.flows.iter().map(|flow| {
        let name = flow.name.as_str();
        (look(name), name, flow.source)
    });
    let mut problems = pairs("flows", flows);
    let deployments = registry.deployments.iter().map(|deployment| {
        let name = deployment.name.as_str();
        let look = format!("{}/{}", deployment.flow.name, look(name));
        (look, name, deployment.source)
    });
    problems.extend(pairs("deployments", deployments));
    problems
}

fn pairs<'a>(
    kind: &'static str,
    names: impl Iterator<Item = (String, &'a str, SourceLocation)>,
) -> Vec<RegistryProblem> {
    let mut seen: BTreeMap<String, (&str, SourceLocation)> = BTreeMap::new();
    let mut problems = Vec::new();
    for (look, name, place) in names {
        match seen.get(&look) {
            // Equal names are reported as such.
            Some((first, _)) if *first == name => {}
            Some((first, first_place)) => problems.push(RegistryProblem::LookAlike {
                kind,
                first: first.escape_default().to_string(),
                first_place: *first_place,
                second: name.escape_default().to_string(),
                second_place: place,
            }),
            None => _ = seen.insert(look, (name, place)),
        }
    }
    problems
}

/// What a reader sees of a name: composed characters (Unicode's NFC), no characters without width, and plain blanks.
fn look(name: &str) -> String {
    let visible: String = name
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| {
            if character.is_whitespace() {
                ' '
            } else {
                character
            }
        })
        .collect();
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(&visible)
        .into_owned()
}

/// Whether a character has no width: joiners, marks of direction, variation selectors, tags.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Finds deployments whose `renamed_from` is declared as well: taking it over would delete what another one applies.
pub(super) fn former_names_in_use(registry: &Registry) -> Vec<RegistryProblem> {
    let declared = |of: &DeploymentRecord, name: &str| {
        let mut deployments = registry.deployments.iter();
        deployments
            .find(|other| other.flow.name == of.flow.name && other.name.as_str() == name)
            .map(|other| other.source)
    };
    let problems = registry.deployments.iter().filter_map(|deployment| {
        let former = deployment.renamed_from.as_ref()?;
        let former_place = declared(deployment, former.as_str())?;
        Some(RegistryProblem::FormerNameInUse {
            deployment: format!("{}/{}", deployment.flow.name, deployment.name),
            place: deployment.source,
            former: former.to_string(),
            former_place,
        })
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_equal_have_one_look() {
        for (first, second) in [
            ("caf\u{e9}", "cafe\u{301}"),
            ("two words", "two\u{a0}words"),
            ("nightly", "night\u{200b}ly"),
            ("nightly", "nightly\u{feff}"),
        ] {
            assert_eq!(look(first), look(second), "{first:?} {second:?}");
        }
        assert_ne!(look("nightly"), look("Nightly"));
        assert_ne!(look("cafe"), look("caf\u{e9}"));
    }
}
