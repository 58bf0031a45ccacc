//! New flows, as somebody at a terminal or a script asks for them.

use std::fs;
use std::path::{Path, PathBuf};

use longshore::registry::Registry;
use tempfile::TempDir;

use super::sample::flow;
use crate::command_line::NewArguments;
use crate::scaffold::{Made, Terminal, new_flow};
use crate::{LinkedPackage, Workspace};

const MANIFEST: &str = "\
# The flows of Acme.
[workspace.dependencies]
longshore = \"0.1\"

[package]
name = \"flows\"

[dependencies]
longshore-deploy = \"0.1\"

# One line per flow.
demo-hello = { path = \"projects/demo/hello\" }  # the first one
";

const LINK: &str = "finance-daily-report = { path = \"projects/finance/daily_report\" }\n";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("Cargo.toml"), MANIFEST).unwrap();
    fs::create_dir_all(folder.path().join("projects/demo/hello")).unwrap();
    let config = "[workspace]\nname = \"acme\"\n[defaults]\nqueue = \"kubernetes\"\n";
    fs::write(folder.path().join("longshore.toml"), config).unwrap();
    folder
}

fn made(
    folder: &Path,
    arguments: &NewArguments,
    typed: Option<&str>,
) -> (Result<Made, String>, String) {
    let root = folder.to_str().unwrap().to_owned();
    let workspace = Workspace {
        root: Box::leak(root.into_boxed_str()),
        packages: &[LinkedPackage {
            name: "demo-hello",
            folder: "projects/demo/hello",
            binary: "demo-hello",
        }],
    };
    let registry = Registry {
        flows: vec![flow("hello", "demo-hello", 3)],
        deployments: Vec::new(),
    };
    let mut shown = Vec::new();
    let made = match typed {
        None => new_flow(&workspace, &registry, arguments, None),
        Some(typed) => {
            let mut input = typed.as_bytes();
            let mut terminal = Terminal {
                input: &mut input,
                output: &mut shown,
            };
            new_flow(&workspace, &registry, arguments, Some(&mut terminal))
        }
    };
    let shown = String::from_utf8(shown).unwrap();
    (made.map_err(|failure| failure.to_string()), shown)
}

/// Every file and folder below, sorted.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[track_caller]
fn refused(folder: &Path, arguments: &NewArguments, expected: &[&str]) {
    let before = everything(folder);
    let error = made(folder, arguments, None).0.unwrap_err();
    for expected in expected {
        assert!(
            error.contains(expected),
            "`{expected}` is missing in\n{error}"
        );
    }
    assert_eq!(error.matches("error:").count(), expected.len(), "{error}");
    assert_eq!(everything(folder), before);
    assert_eq!(
        fs::read_to_string(folder.join("Cargo.toml")).unwrap(),
        MANIFEST
    );
}

fn of(place: &str) -> NewArguments {
    NewArguments {
        place: Some(place.to_owned()),
        ..NewArguments::default()
    }
}

#[test]
fn every_answer_is_judged_while_somebody_is_there_to_give_another() {
    let folder = folder();
    let typed = "\
daily_report
other/hello
finance/daily_report
a/b

0 0 6 * * MON-FRI
0 6 * * MON-FRI
Europe/Olso
Europe/Oslo

ghcr.io/Acme/flows
ghcr.io/acme/flows:1.4.0
days
days: u32
days: u32 = 7
region: str = eu
region: String = eu

";
    let (made, shown) = made(folder.path(), &NewArguments::default(), Some(typed));
    let made = made.unwrap();
    assert_eq!(made.package, "finance-daily-report");
    let expected = "\
flow (project/name, such as `finance/daily_report`): error: `daily_report` is not of the form `project/flow`
help: write two names, such as `finance/daily_report`
flow: error: the flow `hello` is registered already, at projects/finance/daily/src/lib.rs:3:1
help: choose another name for the flow; on the server it stands without its project
flow: deployment (its name; empty for `main`): error: the deployment name `a/b` has the character `/` at position 2
help: write `a-b`
deployment: schedule (cron such as `0 6 * * MON-FRI`, span such as `15m`, or rule such as \
`FREQ=MONTHLY;BYDAY=-1FR`; empty for none): error: cron: 6 fields instead of 5; Prefect puts seconds last, as the \
6th field
help: write `0 6 * * MON-FRI`
schedule: time zone (such as `Europe/Oslo`; empty for UTC): error: time zone: `Europe/Olso` is not in the IANA list
help: write `Europe/Oslo`
time zone:   it runs at 06:00, Monday to Friday (Europe/Oslo)
queue (empty for `kubernetes` of longshore.toml): image (empty for none): error: image path: `Acme` has upper-case \
letters";
    assert!(shown.starts_with(expected), "{shown}");
    for expected in [
        "the parameter `days` has no type",
        "the parameter `days` has no value, and scheduled runs need one\nhelp: write `days: u32 = 1`",
        "the type `str` of the parameter `region` is not known here\nhelp: write `String`",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }

    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
    assert_eq!(manifest, format!("{MANIFEST}{LINK}"));
    let crate_folder = folder.path().join(&made.folder);
    let library = fs::read_to_string(crate_folder.join("src/lib.rs")).unwrap();
    let expected = r#"//! Daily report.

mod steps;

use longshore::{deployment, flow};

/// Daily report.
#[flow(retries = 2, retry_delay = "30s")]
#[deployment(
    name = "main",
    schedule = cron("0 6 * * MON-FRI", tz = "Europe/Oslo"),
    image = "ghcr.io/acme/flows:1.4.0",
    tags = ["finance"],
)]
pub async fn daily_report(
    /// Days.
    #[param(default = 7)]
    days: u32,
    /// Region.
    #[param(default = "eu")]
    region: String,
) -> Result<(), std::io::Error> {
    tracing::info!("days is {days:?}");
    tracing::info!("region is {region:?}");
    let rows = steps::read_rows().await?;
    tracing::info!("{rows} rows");
    Ok(())
}
"#;
    assert_eq!(library, expected);
    let program = fs::read_to_string(crate_folder.join("src/main.rs")).unwrap();
    assert_eq!(program, "longshore::main!(finance_daily_report);\n");
    assert_eq!(made.files.len(), 5);
    for file in &made.files {
        let text = fs::read_to_string(crate_folder.join(file)).unwrap();
        assert!(
            !text.contains("{{") && !text.contains("{%"),
            "{file}: {text}"
        );
    }
}

#[test]
fn only_what_is_missing_is_asked() {
    let folder = folder();
    let arguments = NewArguments {
        schedule: Some("15m".to_owned()),
        image: Some("busybox".to_owned()),
        parameters: vec!["days: u32 = 7".to_owned()],
        ..of("finance/daily_report")
    };
    let (made, shown) = made(folder.path(), &arguments, Some("eu\nspot\n"));
    made.unwrap();
    let asked: Vec<&str> = shown
        .split(": ")
        .filter_map(|part| part.split(" (").next())
        .collect();
    assert_eq!(asked, ["deployment", "queue", ""]);
    let library = folder
        .path()
        .join("projects/finance/daily_report/src/lib.rs");
    let library = fs::read_to_string(library).unwrap();
    for line in [
        "name = \"eu\"",
        "schedule = interval(\"15m\")",
        "queue = \"spot\"",
        "image = \"busybox\"",
    ] {
        assert!(library.contains(&format!("\n    {line},\n")), "{library}");
    }
}

#[test]
fn an_input_that_ends_leaves_nothing_behind() {
    let folder = folder();
    let before = everything(folder.path());
    let error = made(folder.path(), &of("finance/daily_report"), Some("\n\n"))
        .0
        .unwrap_err();
    assert!(
        error.contains("the input ended at the question for the queue"),
        "{error}"
    );
    assert_eq!(everything(folder.path()), before);
}

#[test]
fn without_a_terminal_all_that_is_wrong_is_told_at_once() {
    let folder = folder();
    let none = NewArguments::default();
    refused(
        folder.path(),
        &none,
        &["no flow is named, and there is no terminal to ask on"],
    );
    let arguments = NewArguments {
        place: Some("Finance/report".to_owned()),
        deployment: Some("a%".to_owned()),
        schedule: Some("61 * * * *".to_owned()),
        timezone: Some("Oslo".to_owned()),
        queue: Some(String::new()),
        image: Some("ghcr.io/acme/flows:".to_owned()),
        parameters: ["days: u32", "days: u8 = 1", "x", "days: u8 = 2"]
            .map(str::to_owned)
            .into(),
        defaults: true,
    };
    let expected = [
        "write `finance`",
        "the deployment name `a%` has the character `%`",
        "61",
        "`Oslo` is not in the IANA list",
        "the queue name is empty",
        "image tag: nothing follows the `:`",
        "`days` has no value",
        "`x` has no type",
        "there are two parameters `days`",
    ];
    let before = everything(folder.path());
    let error = made(folder.path(), &arguments, None).0.unwrap_err();
    for expected in expected {
        assert!(
            error.contains(expected),
            "`{expected}` is missing in\n{error}"
        );
    }
    assert_eq!(error.matches("error:").count(), expected.len(), "{error}");
    assert_eq!(everything(folder.path()), before);
    let zone = NewArguments {
        timezone: Some("Europe/Oslo".to_owned()),
        ..of("finance/report")
    };
    refused(
        folder.path(),
        &zone,
        &["there is a time zone and no schedule"],
    );
}

#[test]
fn nothing_is_overwritten_and_no_name_is_given_twice() {
    let folder = folder();
    refused(
        folder.path(),
        &of("demo/hello"),
        &[
            "`projects/demo/hello` exists already",
            "the flow `hello` is registered already",
        ],
    );
    let lock = "[[package]]\nname = \"demo-lib\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\n\
                [[package]]\nname = \"demo-old\"\nversion = \"0.1.0\"\n";
    fs::write(folder.path().join("Cargo.lock"), lock).unwrap();
    let lib =
        ["the package `demo-lib` would be called as one that the workspace gets from elsewhere"];
    refused(folder.path(), &of("demo/lib"), &lib);
    // Left over from a flow that was removed.
    made(folder.path(), &of("demo/old"), None).0.unwrap();
    let manifest = MANIFEST.replace("demo-hello =", "demo-other-day =");
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let error = made(folder.path(), &of("demo/other_day"), None)
        .0
        .unwrap_err();
    assert!(
        error.contains("Cargo.toml has a dependency `demo-other-day` already"),
        "{error}"
    );
}

#[test]
fn a_file_that_cannot_be_written_leaves_no_other_behind() {
    let folder = folder();
    let obstacle = format!("Cargo.new-{}", std::process::id());
    fs::create_dir(folder.path().join(obstacle)).unwrap();
    refused(
        folder.path(),
        &of("finance/daily_report"),
        &["nothing was written"],
    );
}
