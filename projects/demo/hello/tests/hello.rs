//! The greeting, and the flow as a plain function.

#[test]
fn greets_by_name() {
    assert_eq!(demo_hello::greeting("Ada"), "Hello, Ada!");
}

#[tokio::test]
async fn runs_as_a_function() {
    demo_hello::hello("Ada".to_owned()).await;
}
