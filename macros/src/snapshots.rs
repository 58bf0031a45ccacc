//! What a few attributes expand to, formatted.

use proc_macro2::TokenStream;

use crate::expand::expand;
use crate::siblings::Kind;

fn expansion(kind: Kind, arguments: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("Rust tokens");
    let expanded = expand(kind, tokens(arguments), &tokens(item)).to_string();
    let file = syn::parse_file(&expanded).expect("the expansion is a list of items");
    prettyplease::unparse(&file)
}

#[test]
fn a_flow_without_options() {
    insta::assert_snapshot!(expansion(
        Kind::Flow,
        "",
        "/// Greets.\nasync fn hello() {}"
    ));
}

#[test]
fn a_deployment_with_schedules_and_parameters() {
    insta::assert_snapshot!(expansion(
        Kind::Deployment,
        r#"name = "eu", schedule = cron("0 6 * * *", tz = "Europe/Oslo", parameters(days = 1)),
           image = IMAGE, parameters(region = Region::Eu), env(LEVEL = "info")"#,
        "#[flow(retries = 2)] fn report(/// Where.\n region: Region, #[param(default = 7)] days: u32) -> Result<()> { todo }",
    ));
}

#[test]
fn a_task_with_retries() {
    insta::assert_snapshot!(expansion(
        Kind::Task,
        r#"retries = 3, retry_delay = exponential("1s", max = "1m")"#,
        "pub async fn load(page: u32) -> Result<Page> { fetch(page).await }",
    ));
}

#[test]
fn a_mistake_keeps_the_function_and_registers_nothing() {
    insta::assert_snapshot!(expansion(
        Kind::Deployment,
        r#"name = "e/u", schedul = "0 6 * * *""#,
        "async fn report() { work().await }",
    ));
}

#[test]
fn a_body_that_does_not_parse_is_passed_on() {
    let tokens = "async fn report() { let x = ; }";
    let expanded = expand(
        Kind::Flow,
        TokenStream::new(),
        &tokens.parse().expect("Rust tokens"),
    );
    assert!(expanded.to_string().contains("let x = ;"), "{expanded}");
}
