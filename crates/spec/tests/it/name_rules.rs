use crate::table::{accepts, refuses};
use longshore_spec::{EnvironmentVariableName, Slug, WorkQueueName};

#[test]
fn name_takes() {
    accepts::<WorkQueueName>(&["kubernetes", "with blank", "Ærlig talt", "a:b"]);
}

#[test]
fn name_refuses() {
    refuses::<WorkQueueName>(&[
        (
            "",
            "the queue name is empty",
            "write a queue name of at least one character",
        ),
        (" x", "the queue name ` x` starts with a blank", "write `x`"),
        ("x ", "the queue name `x ` ends with a blank", "write `x`"),
        (
            "a/b",
            "the queue name `a/b` has the character `/` at position 2",
            "write `a-b`",
        ),
        (
            "50%",
            "the queue name `50%` has the character `%` at position 3",
            "write `50`",
        ),
        (
            "a & b",
            "the queue name `a & b` has the character `&` at position 3",
            "write `a - b`",
        ),
        (
            "<x>",
            "the queue name `<x>` has the character `<` at position 1",
            "write `x`",
        ),
        (
            "a\tb",
            "the queue name `a\\tb` has the control character `\\t` at position 2",
            "write `a-b`",
        ),
        (
            "a\u{85}b",
            "the queue name `a\\u{85}b` has the control character `\\u{85}` at position 2",
            "write `a-b`",
        ),
        (
            "é/x",
            "the queue name `é/x` has the character `/` at position 2",
            "write `é-x`",
        ),
        (
            "/",
            "the queue name `/` has the character `/` at position 1",
            "write letters, digits or hyphens",
        ),
    ]);
}

#[test]
fn slug_takes() {
    accepts::<Slug>(&["main", "a-1", "1"]);
}

#[test]
fn slug_refuses() {
    refuses::<Slug>(&[
        (
            "",
            "the slug is empty",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
        (
            "Main",
            "the slug `Main` has the character `M` at position 1",
            "write `main`",
        ),
        (
            "first_run",
            "the slug `first_run` has the character `_` at position 6",
            "write `first-run`",
        ),
        ("-a", "the slug `-a` starts or ends with `-`", "write `a`"),
        ("a-", "the slug `a-` starts or ends with `-`", "write `a`"),
        (
            "nightly run",
            "the slug `nightly run` has the character ` ` at position 8",
            "write `nightly-run`",
        ),
        (
            "é",
            "the slug `é` has the character `é` at position 1",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
        (
            "--",
            "the slug `--` starts or ends with `-`",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
    ]);
}

#[test]
fn variable_takes() {
    accepts::<EnvironmentVariableName>(&["PATH", "_x1"]);
}

#[test]
fn variable_refuses() {
    refuses::<EnvironmentVariableName>(&[
        (
            "",
            "the name of the environment variable is empty",
            "write letters, digits and `_`, the first no digit",
        ),
        (
            "1A",
            "the name of the environment variable `1A` starts with a digit",
            "write `_1A`",
        ),
        (
            "A-B",
            "the name of the environment variable `A-B` has the character `-` at position 2",
            "write `A_B`",
        ),
        (
            "A B",
            "the name of the environment variable `A B` has the character ` ` at position 2",
            "write `A_B`",
        ),
        (
            "é",
            "the name of the environment variable `é` has the character `é` at position 1",
            "write letters, digits and `_`, the first no digit",
        ),
        (
            "A=B",
            "the name of the environment variable `A=B` has the character `=` at position 2",
            "write `A_B`",
        ),
    ]);
}
