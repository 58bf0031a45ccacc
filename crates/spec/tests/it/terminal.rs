//! Text from other sources, as it is printed.

use longshore_spec::terminal::{escape_block, escape_json, escape_line, escape_record};

/// Sequences by which text takes over a terminal or misleads its reader, and what is shown instead.
const ATTACKS: [(&str, &str); 12] = [
    ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
    (
        "\u{1b}]8;;https://evil.example\u{1b}\\here",
        "\\u{1b}]8;;https://evil.example\\u{1b}\\here",
    ),
    ("\u{1b}]52;c;ZXZpbA==\u{7}", "\\u{1b}]52;c;ZXZpbA==\\u{7}"),
    ("\u{1b}[2J\u{1b}[1A", "\\u{1b}[2J\\u{1b}[1A"),
    ("\u{9b}31m\u{9d}0;x\u{9c}", "\\u{9b}31m\\u{9d}0;x\\u{9c}"),
    ("failed\rcompleted", "failed\\rcompleted"),
    ("a\u{8}\u{7f}b\u{0}", "a\\u{8}\\u{7f}b\\u{0}"),
    ("eur\u{202e}gpj.exe", "eur\\u{202e}gpj.exe"),
    ("\u{2066}x\u{2069}\u{200f}", "\\u{2066}x\\u{2069}\\u{200f}"),
    ("da\u{200b}ily\u{feff}", "da\\u{200b}ily\\u{feff}"),
    ("one\u{2028}two\u{85}three", "one\\u{2028}two\\u{85}three"),
    ("tag\u{e0041}", "tag\\u{e0041}"),
];

#[test]
fn control_sequences_are_shown_and_not_sent_to_the_terminal() {
    for (text, shown) in ATTACKS {
        assert_eq!(escape_line(text), shown);
        assert_eq!(escape_block(text), shown);
        assert_eq!(escape_record(text), shown);
    }
}

#[test]
fn ordinary_text_of_any_script_stays() {
    for text in [
        "Størmer, naïve 価格 → ok",
        "👩\u{200d}💻",
        "می\u{200c}خواهم",
        "",
    ] {
        assert_eq!(escape_line(text), text);
        assert_eq!(escape_block(text), text);
        assert_eq!(escape_record(text), text);
        assert_eq!(escape_json(text), text);
    }
}

#[test]
fn line_feeds_stay_in_a_block_are_indented_in_a_record_and_escaped_in_a_line() {
    let text = "first\r\n\tsecond\n12:00:00 critical forged";
    assert_eq!(
        escape_block(text),
        "first\n\tsecond\n12:00:00 critical forged"
    );
    assert_eq!(
        escape_record(text),
        "first\n    \tsecond\n    12:00:00 critical forged"
    );
    assert_eq!(
        escape_line(text),
        "first\\r\\n\\tsecond\\n12:00:00 critical forged"
    );
}

#[test]
fn json_has_the_same_values_and_no_control_characters() {
    for (text, _) in ATTACKS {
        let document = serde_json::json!({ text: [text] });
        let printed = format!("{document:#}\n");
        let escaped = escape_json(&printed);
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, document);
        assert_eq!(escape_block(&escaped), escaped, "{text:?}");
    }
}
