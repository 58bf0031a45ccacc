//! Mismatches that are reported, and values that are left to the compiler.

use super::*;

fn reported(r#type: &str, value: &str) -> Option<String> {
    let r#type = syn::parse_str(r#type).expect("a type");
    let value = syn::parse_str(value).expect("an expression");
    let parameter = Ident::new("days", proc_macro2::Span::call_site());
    let mut problems = Problems::default();
    let is_reported = report(&parameter, "days", &r#type, &value, &mut problems);
    assert_eq!(is_reported, !problems.is_empty());
    is_reported.then(|| problems.into_tokens().to_string())
}

#[test]
fn a_mismatch_names_the_parameter_and_the_literal_to_write() {
    for (r#type, value, message, help) in [
        ("u32", "\"3\"", "a `u32`, not a string", "days = 3"),
        ("u32", "3.0", "not a floating-point number", "days = 3"),
        ("u32", "7u64", "not a `u64`", "days = 7"),
        ("u32", "true", "not a boolean", "write an integer"),
        ("u32", "None", "not an `Option`", "`Option<u32>`"),
        ("u32", "-1", "`-1` is out of its range", "as `i32`"),
        ("u8", "-0", "a `u8`, not an integer", "days = 0"),
        ("u8", "256", "`256` is out of its range", "as `u16`"),
        ("u32", "5_000_000_000", "0 to 4294967295", "as `u64`"),
        ("i8", "128", "out of its range", "as `i16`"),
        ("i8", "\"x\"", "an `i8`, not a string", "write an integer"),
        ("bool", "\"true\"", "a `bool`, not a string", "days = true"),
        ("bool", "1", "a `bool`, not an integer", "days = false"),
        ("f64", "7", "an integer", "days = 7.0"),
        ("f64", "-7", "an integer", "days = -7.0"),
        ("f64", "\"0.5\"", "a string", "days = 0.5"),
        ("String", "-7", "an integer", "days = \\\"-7\\\""),
        ("String", "None", "an `Option`", "`Option<String>`"),
        (
            "Vec<String>",
            "[\"a\"]",
            "an array",
            "vec![\\\"a\\\".into()]",
        ),
    ] {
        let reported = reported(r#type, value).unwrap_or_default();
        for part in [message, help] {
            assert!(reported.contains(part), "{type} {value}: {reported}");
        }
    }
}

#[test]
fn values_that_may_be_right_are_left_to_the_compiler() {
    for (r#type, value) in [
        ("u32", "7"),
        ("u32", "7u32"),
        ("u32", "days()"),
        ("i8", "-128"),
        ("f64", "0.5"),
        ("String", "\"eu\""),
        ("String", "REGION"),
        ("Option<u32>", "None"),
        ("Option<u32>", "Some(7)"),
        ("Option<u32>", "Some(None)"),
        ("Option<String>", "\"eu\""),
        ("Option<String>", "None"),
        ("Option<Region>", "\"eu\""),
        ("Option<Region>", "Some(7)"),
        ("Region", "\"eu\""),
        ("days::u32", "\"7\""),
        ("[String; 1]", "[\"a\"]"),
        ("Vec<&'static str>", "[\"a\"]"),
    ] {
        assert_eq!(reported(r#type, value), None, "{type}: {value}");
    }
}
