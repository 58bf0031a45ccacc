//! A state folder and a configuration that cannot be used.

use std::fs;

use crate::process::finish;
use crate::sources::COUNT;
use crate::workspace::Workspace;

#[test]
fn what_cannot_be_used_is_named_and_left_as_it_is() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    let state = workspace.state();

    // Permissions do not bind root, a file in the place of a folder does.
    fs::write(&state, "in the way").expect("a file");
    workspace
        .deploy(&[])
        .code(1)
        .says_once("error: cannot make the folder `")
        .says(&[".longshore`", "help: make the workspace's folder writable"]);
    finish(workspace.built_deploy().arg("plan")).code(1);
    assert_eq!(fs::read_to_string(&state).expect("the file"), "in the way");
    fs::remove_file(&state).expect("the file is there");

    let database = state.join("prefect.redb");
    let garbage = b"this is no database ".repeat(1000);
    fs::create_dir(&state).expect("a folder");
    fs::write(&database, &garbage).expect("a file");
    let corrupt = finish(&mut workspace.built_deploy()).code(1);
    corrupt
        .says_once("error: cannot open the embedded server's database")
        .says(&[&format!("`{}`", database.display()), "help: "]);
    assert_eq!(fs::read(&database).expect("the file"), garbage);
    assert!(workspace.artifacts().is_empty());
    fs::remove_file(&database).expect("the file is there");

    // A database that was cut off, as by a full disk.
    finish(&mut workspace.built_deploy()).code(0);
    let whole = fs::read(&database).expect("the database");
    let half = &whole[..whole.len() / 2];
    fs::write(&database, half).expect("a file");
    let cut = finish(&mut workspace.built_deploy()).code(1);
    cut.says(&[&format!("`{}`", database.display()), "help: "]);
    assert_eq!(fs::read(&database).expect("the file"), half);
    fs::write(&database, &whole).expect("a file");
    finish(&mut workspace.built_deploy())
        .code(0)
        .says(&["nothing changed: 1 unchanged"]);

    // The store cannot be written: nothing may point at an artifact that is not there.
    fs::remove_dir_all(&state).expect("a folder");
    fs::create_dir(&state).expect("a folder");
    fs::write(state.join("artifacts"), "in the way").expect("a file");
    finish(&mut workspace.built_deploy())
        .code(1)
        .says_once("error: cannot look into the artifact store `.longshore/artifacts`");
    assert!(crate::server::deployments(&state).is_empty());
    fs::remove_file(state.join("artifacts")).expect("the file is there");
    finish(&mut workspace.built_deploy())
        .code(0)
        .says(&["1 created"]);

    workspace.edit("longshore.toml", "queue =", "quue =");
    let unknown = finish(workspace.built_deploy().arg("plan")).code(1);
    unknown.says(&[
        "longshore.toml:6:1: unknown key `quue` in [defaults]",
        "`queue`",
    ]);
}
