//! The command line, as it is documented.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use clap::{Arg, Command, CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;
use longshore_spec::Explain as _;

use crate::command_line::CommandLine;
use crate::exit::Exit;
use crate::run::documents::{completions, manual};

/// With this variable set to `write`, the test writes `docs/cli.md`.
const VARIABLE: &str = "LONGSHORE_DOCS";

#[test]
fn the_document_of_the_command_line_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let current = document();
    if env::var(VARIABLE).is_ok_and(|value| value == "write") {
        fs::write(&path, &current).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "docs/cli.md is not what `deploy --help` says; write it with \
         `{VARIABLE}=write cargo test -p longshore-deploy --lib document_of_the_command_line`"
    );
}

#[test]
fn every_shell_learns_every_command() {
    for shell in Shell::value_variants() {
        let script = completions(*shell);
        for word in ["rollback", "completions", "create-pools", "longshore-git"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let page = manual(None).unwrap();
    assert!(page.contains(".TH deploy 1"), "{page}");
    for command in CommandLine::command().get_subcommands() {
        let name = command.get_name();
        assert!(page.contains(&format!("deploy\\-{name}(1)")), "{page}");
        let own = manual(Some(name)).unwrap();
        assert!(own.contains(&format!(".TH deploy-{name} 1")), "{own}");
    }
    let error = manual(Some("aply")).unwrap_err();
    assert_eq!(error.to_string(), "there is no command `aply`");
    assert_eq!(error.help().unwrap(), "write `apply`");
}

fn document() -> String {
    let mut whole = CommandLine::command();
    whole.build();
    let mut text = String::from(
        "# Command line\n\nWhat `cargo run --bin deploy` takes; words after the program's own go to it as they are. Written from the\n\
         program itself: a test compares them, and [CONTRIBUTING.md](../CONTRIBUTING.md) says how to write it anew.\n\n\
         Without a command, `apply` is run, and takes its options. `deploy completions bash` (zsh, fish, powershell, elvish) prints\n\
         what the shell needs to complete all this, and `deploy man` a manual page, for a `deploy` that lies on the PATH.\n\n\
         | command | |\n|---|---|\n",
    );
    let commands = || {
        whole
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
    };
    for command in commands() {
        let name = command.get_name();
        let _ = writeln!(text, "| [`{name}`](#deploy-{name}) | {} |", about(command));
    }
    text.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.number(), exit.meaning());
    }
    text.push_str("\n## Options of all commands\n\n");
    for argument in whole
        .get_arguments()
        .filter(|argument| argument.is_global_set())
    {
        text.push_str(&entry(argument));
    }
    for command in commands() {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ");
        let name = command.get_name();
        let _ = write!(
            text,
            "\n## deploy {name}\n\n{}.\n\n    {usage}\n",
            about(command)
        );
        let own = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
        let entries: String = own.map(entry).collect();
        if !entries.is_empty() {
            let _ = write!(text, "\n{entries}");
        }
    }
    text
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn entry(argument: &Arg) -> String {
    let name = match argument.get_long() {
        Some(long) => format!("--{long}"),
        None => String::new(),
    };
    let takes_value = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = values.iter().map(|value| format!("<{value}>")).collect();
    let words = if takes_value {
        values.join(" ")
    } else {
        String::new()
    };
    let help = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut line = format!("- `{}`: {help}", format!("{name} {words}").trim());
    let possible = argument.get_possible_values();
    if takes_value && !possible.is_empty() {
        let names: Vec<String> = possible
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let _ = write!(line, "; one of {}", names.join(", "));
    }
    if takes_value && let Some(default) = argument.get_default_values().first() {
        let _ = write!(line, " [default: {}]", default.to_string_lossy());
    }
    line + "\n"
}
