//! The linked registry as a whole.

use longshore::registry::Registry;

use super::sample::{PACKAGE, deployment, flow};
use crate::LinkedPackage;
use crate::error::explained;
use crate::registry::problems;

const OTHER: LinkedPackage = LinkedPackage {
    name: "finance-other",
    folder: "projects/finance/other",
    binary: "finance-other",
};

fn texts(registry: &Registry, packages: &[LinkedPackage]) -> Vec<String> {
    let found = problems(registry, packages);
    found.iter().map(|problem| explained(problem)).collect()
}

#[test]
fn an_empty_registry_is_one_problem() {
    let found = texts(&Registry::default(), &[PACKAGE]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("registers no flows"), "{found:?}");
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let first = flow("daily", "finance-daily", 3);
    let second = flow("daily", "finance-daily", 9);
    let foreign = flow("shared", "shared-library", 4);
    let registry = Registry {
        flows: vec![first, second, foreign],
        deployments: vec![
            Box::leak(Box::new(deployment(first, "eu"))),
            Box::leak(Box::new(deployment(second, "eu"))),
        ],
    };
    let found = texts(&registry, &[PACKAGE, OTHER]).join("\n");
    for expected in [
        "the package `finance-other` in `projects/finance/other` registers nothing",
        "flow `shared` at projects/finance/daily/src/lib.rs:4:1 is registered by `shared-library`",
        "two flows are named `daily`: at projects/finance/daily/src/lib.rs:3:1 and at \
         projects/finance/daily/src/lib.rs:9:1",
        "two deployments are named `daily/eu`",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
}

#[test]
fn a_valid_registry_has_no_problems() {
    let flow = flow("daily", "finance-daily", 3);
    let registry = Registry {
        flows: vec![flow],
        deployments: vec![Box::leak(Box::new(deployment(flow, "eu")))],
    };
    assert_eq!(texts(&registry, &[PACKAGE]), Vec::<String>::new());
}

#[test]
fn names_that_look_equal_are_problems() {
    let (flow, composed, apart) = (
        flow("daily", "finance-daily", 3),
        flow("caf\u{e9}", "finance-daily", 5),
        flow("cafe\u{301}", "finance-daily", 7),
    );
    let names = ["two words", "two\u{a0}words", "night\u{200b}ly", "nightly"];
    let deployments = names.map(|name| &*Box::leak(Box::new(deployment(flow, name))));
    let registry = Registry {
        flows: vec![flow, composed, apart],
        deployments: deployments.to_vec(),
    };
    let found = texts(&registry, &[PACKAGE]).join("\n");
    for expected in [
        "two flows have names that look equal: `caf\\u{e9}` at projects/finance/daily/src/lib.rs:5:1 and `cafe\\u{301}` at",
        "two deployments have names that look equal: `two words` at",
        "and `two\\u{a0}words` at",
        "`night\\u{200b}ly`",
        "help: remove characters without width",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
}

#[test]
fn a_former_name_that_is_still_declared_is_a_problem() {
    let flow = flow("daily", "finance-daily", 3);
    let mut renamed = deployment(flow, "europe");
    renamed.renamed_from = Some("eu".parse().unwrap());
    let registry = Registry {
        flows: vec![flow],
        deployments: vec![
            Box::leak(Box::new(renamed)),
            Box::leak(Box::new(deployment(flow, "eu"))),
        ],
    };
    let found = texts(&registry, &[PACKAGE]).join("\n");
    assert!(
        found.contains("deployment `daily/europe` at ")
            && found.contains("is renamed from `eu`, which is declared at")
            && found.contains("help: remove `renamed_from`, or the deployment `eu`"),
        "{found}"
    );
}
