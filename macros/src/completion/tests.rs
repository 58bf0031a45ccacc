//! What stands around the word at the cursor, in the two expansions that rust-analyzer compares.

use proc_macro2::TokenStream;
use quote::quote;

use crate::completion::{around, is_wanted};
use crate::siblings::Kind;

const FLOW: &str = "pub fn report(region: Region, #[param(default = 7)] days: u32) {}";
const TASK: &str = "async fn load(page: u32) {}";
const IMPORT: &str = "use flows::daily::report;";
/// Any word will do; rust-analyzer's own has changed before.
const MADE_UP: &str = "MadeUpWord";

fn expanded(kind: Kind, arguments: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("Rust tokens");
    around(
        kind,
        tokens(arguments),
        &tokens(item),
        &quote!(the_expansion!();),
    )
    .to_string()
}

/// The statement that is completed if the cursor is at `|`, up to the word.
fn completed(kind: Kind, arguments: &str, item: &str) -> String {
    let as_written = expanded(kind, &arguments.replace('|', ""), &item.replace('|', ""));
    let asked = expanded(
        kind,
        &arguments.replace('|', MADE_UP),
        &item.replace('|', MADE_UP),
    );
    let end = asked
        .find(MADE_UP)
        .unwrap_or_else(|| panic!("the word is lost: {asked}"));
    let before = &asked[..end];
    assert!(
        as_written.starts_with(before),
        "the two differ before the word:\n{as_written}\n{asked}"
    );
    assert!(asked.contains("the_expansion ! () ;"), "{asked}");
    let statement = before.rsplit(['{', ';']).next().unwrap_or_default();
    statement.trim().replace(' ', "")
}

#[track_caller]
fn assert_completed(cases: &[(&str, &str)], kind: Kind, item: &str) {
    for (arguments, expected) in cases {
        assert_eq!(completed(kind, arguments, item), *expected, "{arguments}");
    }
}

#[test]
fn keys_complete_in_every_list_wherever_they_stand() {
    let deployment = "let_=::longshore::__private::keys::deployment::";
    assert_completed(
        &[
            ("|", deployment),
            ("sch|", &format!("{deployment}sch")),
            (r#"name = "eu", |"#, deployment),
            (r#"name = "eu", | queue = "q""#, deployment),
            (r#"name = "eu", qu| pool = "p""#, &format!("{deployment}qu")),
            (
                r#"schedule = cron("0 6 * * *", t|)"#,
                "let_=::longshore::__private::keys::cron::t",
            ),
            (
                r#"schedule = [cron("0 6 * * *"), interval("1h", |)]"#,
                "let_=::longshore::__private::keys::interval::",
            ),
            (
                r#"schedule = rrule("FREQ=DAILY", st|)"#,
                "let_=::longshore::__private::keys::rrule::st",
            ),
            (
                "concurrency(1, on|)",
                "let_=::longshore::__private::keys::concurrency::on",
            ),
        ],
        Kind::Deployment,
        FLOW,
    );
    assert_completed(
        &[
            ("re|", "let_=::longshore::__private::keys::task::re"),
            (
                r#"retry_delay = exponential("1s", ma|)"#,
                "let_=::longshore::__private::keys::exponential::ma",
            ),
        ],
        Kind::Task,
        TASK,
    );
    assert_completed(
        &[("re|", "let_=::longshore::__private::keys::flow::re")],
        Kind::Flow,
        FLOW,
    );
}

#[test]
fn keys_complete_in_the_other_attributes_of_the_function() {
    let item = format!(r#"#[deployment(name = "eu", im|)] {FLOW}"#);
    assert_eq!(
        completed(Kind::Flow, "retries = 2", &item),
        "let_=::longshore::__private::keys::deployment::im"
    );
    assert_eq!(
        completed(Kind::Flow, "", "fn report(#[param(def|)] days: u32) {}"),
        "let_=::longshore::__private::keys::param::def"
    );
}

#[test]
fn kinds_of_schedules_and_waits_complete() {
    let schedules = "let_=::longshore::__private::keys::schedules::";
    assert_completed(
        &[
            ("schedule = |", schedules),
            ("schedule = cr|", &format!("{schedules}cr")),
            (
                r#"schedule = [cron("0 6 * * *"), in|]"#,
                &format!("{schedules}in"),
            ),
        ],
        Kind::Deployment,
        FLOW,
    );
    assert_completed(
        &[(
            "retries = 3, retry_delay = ex|",
            "let_=::longshore::__private::keys::delays::ex",
        )],
        Kind::Task,
        TASK,
    );
}

#[test]
fn parameters_complete_by_name_here_and_elsewhere() {
    let cases = |module: &str| {
        [
            ("parameters(reg|)", format!("let_={module}::reg")),
            (
                "parameters(region = Region::Eu, |)",
                format!("let_={module}::"),
            ),
            (
                r#"schedule = cron("0 6 * * *", parameters(da|))"#,
                format!("let_={module}::da"),
            ),
        ]
    };
    for (arguments, expected) in cases("__longshore_parameters_report") {
        assert_eq!(completed(Kind::Deployment, arguments, FLOW), expected);
    }
    for (arguments, expected) in cases("flows::daily::__longshore_parameters_report") {
        assert_eq!(completed(Kind::Deployment, arguments, IMPORT), expected);
    }
    let module = "pub mod __longshore_parameters_report { use super :: * ; \
                  pub const region : Region = loop { } ; pub const days : u32 = loop { } ; }";
    let expanded = expanded(Kind::Flow, "", FLOW);
    assert!(expanded.contains(module), "{expanded}");
}

#[test]
fn values_complete_also_before_they_can_be_parsed() {
    assert_completed(
        &[
            ("image = |", "let_="),
            ("image = images::|", "let_=images::"),
            ("tags = [TAG, images::|]", "let_=images::"),
            ("env(IMAGE = images::|)", "let_=images::"),
            ("parameters(region = |)", "let_:Region="),
            ("parameters(region = Region::|)", "let_=Region::"),
            ("parameters(days = days(Region::|))", "let_=Region::"),
        ],
        Kind::Deployment,
        FLOW,
    );
    assert_eq!(
        completed(
            Kind::Flow,
            "",
            "fn report(#[param(default = Region::|)] region: Region) {}"
        ),
        "let_=Region::"
    );
}

#[test]
fn whatever_else_stands_in_an_attribute_is_passed_over() {
    for arguments in ["=", ", ,", "(x)", r#""text", name"#, "a.b, c::d = 1, -"] {
        let expanded = expanded(Kind::Deployment, arguments, FLOW);
        assert!(expanded.contains("the_expansion"), "{expanded}");
    }
    let literal = "parameters(page = Page { first: images::FIRST, size: f() })";
    let expanded_literal = expanded(Kind::Deployment, literal, FLOW);
    assert!(!expanded_literal.contains("FIRST"), "{expanded_literal}");
    let other = expanded(Kind::Deployment, "name", "struct Report;");
    assert_eq!(other, "the_expansion ! () ;");
}

#[test]
fn nothing_of_it_is_for_another_program() {
    assert!(!is_wanted());
}
