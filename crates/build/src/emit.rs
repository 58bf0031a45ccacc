//! The text of the generated program.

use std::fmt::Write as _;

use crate::manifest::Link;

/// Source of `deploy`: imports that link the flows, the workspace, `main` and a test.
pub(crate) fn deploy_program(links: &[Link]) -> String {
    let mut imports: Vec<&str> = links.iter().map(|link| link.import.as_str()).collect();
    imports.sort_unstable();
    let mut text = String::new();
    for import in imports {
        let _ = writeln!(text, "use {import} as _;");
    }
    text.push_str(
        "\nconst WORKSPACE: longshore_deploy::Workspace = longshore_deploy::Workspace {\n    \
         root: env!(\"CARGO_MANIFEST_DIR\"),\n    packages: &[\n",
    );
    for Link { package, .. } in links {
        let _ = writeln!(
            text,
            "        longshore_deploy::LinkedPackage {{ name: {:?}, folder: {:?}, binary: {:?} }},",
            package.name, package.folder, package.binary
        );
    }
    text.push_str(
        "    ],\n};\n
fn main() -> std::process::ExitCode {
    longshore_deploy::main(&WORKSPACE)
}

#[cfg(test)]
#[test]
fn the_registry_is_valid() {
    if let Err(error) = longshore_deploy::check_registry(&WORKSPACE) {
        panic!(\"{error}\");
    }
}
",
    );
    text
}
