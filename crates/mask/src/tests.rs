use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

fn masked(secrets: &[&str], text: &str) -> String {
    Mask::new(secrets.iter().copied()).mask(text).into_owned()
}

#[test]
fn secrets_are_replaced_as_they_are_and_line_by_line() {
    let secrets = [
        "pa\"ss\\word",
        "key one\nkey two",
        "abcdef",
        "abcdefgh",
        "a",
    ];
    for (text, expected) in [
        ("nothing", "nothing"),
        ("it is pa\"ss\\word!", "it is ********!"),
        (&format!("{:?}", "pa\"ss\\word"), "\"********\""),
        (
            "first key two, then key one",
            "first ********, then ********",
        ),
        ("abcdefgh abcdef", "******** ********"),
        ("a", "a"),
    ] {
        assert_eq!(masked(&secrets, text), expected);
    }
    assert_eq!(masked(&[], "anything"), "anything");
}

#[test]
fn overlapping_secrets_are_replaced_as_one_range() {
    assert_eq!(masked(&["abcdef", "defghi"], "-abcdefghi-"), "-********-");
    assert_eq!(
        masked(&["abcdefghi", "cdef"], "-abcdefghi-cdef-"),
        "-********-********-"
    );
    assert_eq!(masked(&["one1", "two2"], "one1two2"), "********");
}

#[test]
fn base64_is_replaced_at_every_alignment() {
    // Every length modulo 3, with digits of both alphabets.
    for secret in [
        "s3cr\u{ff}t~?>",
        "hunter2hunter2",
        "correct horse battery",
        "pass",
    ] {
        for before in ["", "u", "us", "user:", "someone:"] {
            for after in ["", "\n", "!?", ":more"] {
                let plain = format!("{before}{secret}{after}");
                for encoded in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                    let text = masked(&[secret], &format!("Basic {encoded}."));
                    assert!(text.contains(MASK), "{plain}: {text}");
                    // No digit remains that depends on the secret.
                    let other =
                        STANDARD.encode(format!("{before}{}{after}", "\u{0}".repeat(secret.len())));
                    let (head, tail) = text.split_once(MASK).unwrap_or_default();
                    let head = head.strip_prefix("Basic ").unwrap_or_default();
                    assert!(other.starts_with(head), "{plain}: {text}");
                    assert!(head.len() <= before.len() * 4 / 3, "{plain}: {text}");
                    let tail = tail.trim_end_matches(['.', '=']);
                    assert!(
                        tail.len() <= (after.len() * 8).div_ceil(6),
                        "{plain}: {text}"
                    );
                }
            }
        }
    }
}

#[test]
fn hexadecimal_is_replaced_in_either_case() {
    let secret = "hunter\u{2}\u{fe}";
    let lower: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(masked(&[secret], &format!("0x{lower}")), "0x********");
    let upper = lower.to_uppercase();
    assert_eq!(masked(&[secret], &format!("<{upper}>")), "<********>");
}

#[test]
fn percent_encoding_is_replaced_whatever_it_encodes() {
    let secret = "p@ss w\u{f6}rd/100%";
    for encoded in [
        "p%40ss%20w%C3%B6rd%2F100%25",
        "p%40ss%20w%c3%b6rd%2f100%25",
        "p%40ss+w%C3%B6rd%2F100%25",
        "p@ss%20w\u{f6}rd/100%25",
        "%70%40%73%73%20%77%C3%B6%72%64%2F%31%30%30%25",
        "p%2540ss%2520w%25C3%25B6rd%252F100%2525",
    ] {
        let text = format!("https://host/?a=b%20c&key={encoded}&x=%20");
        assert_eq!(
            masked(&[secret], &text),
            "https://host/?a=b%20c&key=********&x=%20"
        );
    }
}

#[test]
fn escapes_are_replaced_however_often_they_are_applied() {
    let secret = "line \"one\"\nline\ttwo/\u{1f600}\\end";
    let debug = format!("{secret:?}");
    let json = r#""line \"one\"\nline\ttwo\/\ud83d\ude00\\end""#;
    for quoted in [
        debug.as_str(),
        json,
        r#""line \x22one\x22\u000aline\u{9}two/\uD83D\uDE00\u005cend""#,
    ] {
        let twice = format!("{quoted:?}");
        let thrice = format!("{twice:?}");
        assert_eq!(masked(&[secret], quoted), "\"********\"", "{quoted}");
        assert_eq!(masked(&[secret], &twice), "\"\\\"********\\\"\"", "{twice}");
        assert_eq!(
            masked(&[secret], &thrice),
            r#""\"\\\"********\\\"\"""#,
            "{thrice}"
        );
    }
}

#[test]
fn odd_text_is_kept() {
    for text in [
        "100 % sure",
        "%",
        "%4",
        "%zz",
        "\\",
        "\\u",
        "\\ud83d\\u0041",
        "\\u{",
        "\\u{1234567}",
        "\\q",
        "+ = +",
    ] {
        assert_eq!(masked(&["secret"], text), text);
        let after = format!("{text} secret");
        assert_eq!(masked(&["secret"], &after), format!("{text} ********"));
    }
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let mask = Mask::new(["secret"]);
    assert_eq!(format!("{mask:?}"), "Mask { secrets: 1 }");
}
