//! Flow crates that are not as they should be.

use crate::process::{Finished, finish};
use crate::sources::{COUNT, GREET, GREET_DEPENDENCIES};
use crate::workspace::Workspace;

/// The commands fail alike whether the mistake is found by cargo, the build script or `deploy`.
#[track_caller]
fn refused(workspace: &Workspace) -> Finished {
    let finished = workspace.deploy(&[]);
    assert!(!finished.status.success(), "{finished}");
    assert_eq!(finished.stdout, "", "{finished}");
    assert!(
        !workspace.state().join("prefect.redb").exists(),
        "nothing is registered: {finished}"
    );
    finished
}

#[test]
fn the_build_stops_at_folders_that_are_no_linked_flow_crates() {
    let mut workspace = Workspace::new();
    refused(&workspace)
        .says_once("no flow crates found; put the first one into `projects/<project>/<flow>`");

    workspace.unlinked_flow("demo/count", "", COUNT);
    refused(&workspace).says_once(
        "error: flows@0.1.0: `projects/demo/count` is not linked; add this line to [dependencies] in Cargo.toml: \
         demo-count = { path = \"projects/demo/count\" }",
    );

    workspace.link("demo-count = { path = \"projects/demo/count\" }");
    workspace.write("projects/demo/notes/todo.txt", "");
    refused(&workspace).says_once(
        "`projects/demo/notes` has no Cargo.toml; make it a package or remove the folder",
    );
    workspace.remove("projects/demo/notes");

    workspace.remove("projects/demo/count/src/main.rs");
    refused(&workspace).says_once(
        "`projects/demo/count` has no src/main.rs; it is one line: longshore::main!(demo_count);",
    );
    workspace.write(
        "projects/demo/count/src/main.rs",
        "longshore::main!(demo_count);\n",
    );

    workspace.unlinked_flow("other/count", "", COUNT);
    workspace.edit(
        "projects/other/count/Cargo.toml",
        "other-count",
        "demo-count",
    );
    refused(&workspace).says_once(
        "two flow crates are the package `demo-count`: `projects/demo/count` and `projects/other/count`; rename one",
    );
    workspace.link("other = { path = \"projects/other/count\", package = \"demo-count\" }");
    refused(&workspace).says(&["projects/demo/count", "projects/other/count", "demo-count"]);
}

#[test]
fn deploy_refuses_a_registry_that_is_not_whole() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    workspace.flow("other/count", "", COUNT);
    workspace.flow("other/idle", "", "//! Nothing yet.\n");
    let places = [
        "projects/demo/count/src/lib.rs:6",
        "projects/other/count/src/lib.rs:6",
    ];
    let nothing = "the package `other-idle` in `projects/other/idle` registers nothing";

    refused(&workspace).code(1).says(&places).says_once(nothing);
    let tests = finish(&mut workspace.cargo(&["test", "--bin", "deploy"])).code(101);
    tests.prints(&places).prints(&[nothing]);

    workspace.edit(
        "projects/other/count/src/lib.rs",
        "pub fn count",
        "pub fn recount",
    );
    workspace.write("projects/other/idle/src/lib.rs", GREET);
    workspace.edit(
        "projects/other/idle/Cargo.toml",
        "[dependencies]\n",
        &format!("[dependencies]\n{GREET_DEPENDENCIES}"),
    );
    finish(&mut workspace.cargo(&["test", "--bin", "deploy"])).code(0);
}

#[test]
fn nothing_is_registered_unless_every_program_is_built_and_of_the_same_sources() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    workspace.flow("demo/greet", GREET_DEPENDENCIES, GREET);
    let library = "projects/demo/count/src/lib.rs";

    workspace.edit(library, "(1..=10)", "(1..=ten)");
    refused(&workspace)
        .code(101)
        .says_once("cannot find value `ten`");
    workspace.edit(library, "(1..=ten)", "(1..=10)");

    // `deploy` links the library alone, so it is built and meets the mistake when it builds the program.
    let program = "projects/demo/count/src/main.rs";
    workspace.edit(
        program,
        "longshore::main!",
        "const TEN: u32 = eleven;\nlongshore::main!",
    );
    let failed = workspace.deploy(&[]).code(1);
    let failed = failed.says_once("cannot find value `eleven`");
    let failed = failed.says_once("error: the package `demo-count` does not build");
    assert_eq!(failed.stdout, "", "{failed}");
    assert_eq!(workspace.artifacts(), Vec::<std::path::PathBuf>::new());
    workspace.edit(program, "const TEN: u32 = eleven;\n", "");

    workspace.edit(library, "0 3 * * *", "0 4 * * *");
    let stale = finish(&mut workspace.built_deploy()).code(1);
    stale
        .says_once(
            "this `deploy` program is not of the same sources as the program of `demo-count`",
        )
        .says(&[
            "deployment `count/daily`, `schedules.0",
            "0 3 * * *",
            "0 4 * * *",
            "cargo run --bin deploy",
        ]);
    assert_eq!(workspace.artifacts(), Vec::<std::path::PathBuf>::new());
    assert!(crate::server::deployments(&workspace.state()).is_empty());

    workspace.deploy(&[]).code(0).says(&["3 created"]);
}
