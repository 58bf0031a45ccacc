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
