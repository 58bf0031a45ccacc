//! Credentials that a server or a proxy repeats.

use std::error::Error as _;

use longshore_prefect::{Authentication, Client, ClientOptions, Secret};
use serde_json::json;

use crate::script::{Reply, Script};

const KEY: &str = "pnu_0123456789abcdef";

/// What an error shows in all, if the server answers with this.
async fn shown(reply: Reply, configure: impl Fn(&mut ClientOptions)) -> String {
    let script = Script::start(vec![reply]).await;
    let mut options = ClientOptions::new(script.url.clone());
    configure(&mut options);
    let client = Client::new(options).expect("a client");
    let error = client.work_pools().await.expect_err("a refusal");
    let source = error.source().map(ToString::to_string);
    format!("{error} {error:?} {source:?} {:?}", error.help())
}

#[tokio::test]
async fn keys_in_answers_are_masked() {
    for reply in [
        Reply::json(
            401,
            json!({ "detail": format!("Bearer {KEY} is not known") }),
        ),
        Reply::json(
            400,
            json!({ "exception_message": format!("{KEY:?} and {KEY}") }),
        ),
        Reply::json(
            422,
            json!({ "exception_detail": [{ "loc": ["header"], "msg": format!("not {KEY}") }] }),
        ),
        Reply::json(
            422,
            json!({ "detail": [{ "loc": ["header"], "msg": format!("not {KEY}") }] }),
        ),
        Reply::json(200, json!(KEY)),
        Reply::Answer(200, "content-type: pnu_0123456789abcdef\r\n", String::new()),
        Reply::Answer(
            307,
            "location: https://host/pnu_0123456789abcdef\r\n",
            String::new(),
        ),
    ] {
        let text = shown(reply.clone(), |options| {
            options.authentication = Authentication::ApiKey(Secret::new(KEY));
        })
        .await;
        assert!(!text.contains("0123456789"), "{reply:?}: {text}");
        assert!(text.contains("********"), "{reply:?}: {text}");
    }
}

#[tokio::test]
async fn passwords_and_headers_in_answers_are_masked() {
    // `Basic` is the Base64 of `admin:hunter2-hunter2`.
    for words in [
        "hunter2-hunter2 is wrong",
        "Basic YWRtaW46aHVudGVyMi1odW50ZXIy",
    ] {
        let reply = || Reply::json(401, json!({ "detail": words }));
        let by_option = shown(reply(), |options| {
            options.authentication =
                Authentication::AuthString(Secret::new("admin:hunter2-hunter2"));
        });
        let by_url = shown(reply(), |options| {
            options.api_url = options
                .api_url
                .replace("http://", "http://admin:hunter2%2Dhunter2@");
        });
        let by_header = shown(reply(), |options| {
            options.headers = vec![("x-proxy-key".to_owned(), Secret::new("hunter2-hunter2"))];
        });
        for text in [by_option.await, by_url.await, by_header.await] {
            assert!(
                !text.contains("hunter2") && !text.contains("HVudGVy"),
                "{text}"
            );
            assert!(text.contains("********"), "{text}");
        }
    }
}
