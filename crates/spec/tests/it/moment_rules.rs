use crate::table::{accepts, refuses};
use longshore_spec::{Anchor, Interval, LocalDateTime, TimeSpan};

#[test]
fn interval_takes() {
    accepts::<Interval>(&["1s", "15m"]);
}

#[test]
fn interval_refuses() {
    refuses::<Interval>(&[
        (
            "999ms",
            "the interval `999ms` is shorter than the minimum of 1s",
            "write `1s` or more",
        ),
        (
            "0s",
            "the interval `0s` is shorter than the minimum of 1s",
            "write `1s` or more",
        ),
        (
            "x",
            "time span: `x` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
    ]);
}

#[test]
fn local_takes() {
    accepts::<LocalDateTime>(&[
        "2026-01-01T06:00:00",
        "2026-01-01T06:00",
        "2028-02-29T00:00:00",
    ]);
}

#[test]
fn local_refuses() {
    refuses::<LocalDateTime>(&[
        (
            "",
            "the empty text is not a date with a time",
            "write `2026-01-01T06:00:00`",
        ),
        (
            "2026-01-01",
            "`2026-01-01` is not a date with a time",
            "write `2026-01-01T00:00:00`",
        ),
        (
            "2026-01-01 06:30:00",
            "`2026-01-01 06:30:00` is not a date with a time",
            "write `2026-01-01T06:30:00`",
        ),
        (
            "2026-01-01 06:30:00Z",
            "`2026-01-01 06:30:00Z` is not a date with a time",
            "write `2026-01-01T06:30:00` and set the zone with `tz`",
        ),
        (
            "2026-02-30T06:00:00",
            "`2026-02-30` is not a day of the calendar",
            "write an existing day from year 1970 to 9998",
        ),
        (
            "2026-01-01T24:00:00",
            "`24:00:00` is not a time of day",
            "write hours 00-23, minutes and seconds 00-59",
        ),
        (
            "2026-01-01T06:00:00Z",
            "the start `2026-01-01T06:00:00Z` has the offset `Z`, a start is in the schedule's own time zone",
            "write `2026-01-01T06:00:00` and set the zone with `tz`",
        ),
        (
            "2026-01-01T06:00:00+01:00",
            "the start `2026-01-01T06:00:00+01:00` has the offset `+01:00`, a start is in the schedule's own time zone",
            "write `2026-01-01T06:00:00` and set the zone with `tz`",
        ),
        (
            "2026-01-01T06:00:00.5",
            "`2026-01-01T06:00:00.5` is not a date with a time",
            "write `2026-01-01T06:00:00`",
        ),
        (
            "1969-01-01T00:00:00",
            "`1969-01-01` is not a day of the calendar",
            "write an existing day from year 1970 to 9998",
        ),
        (
            "2026-01-01T06:00:00x",
            "`2026-01-01T06:00:00x` is not a date with a time",
            "write `2026-01-01T06:00:00`",
        ),
    ]);
}

#[test]
fn anchor_takes() {
    accepts::<Anchor>(&[
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00+01:00",
        "2026-01-01T00:00:00.000Z",
    ]);
}

#[test]
fn anchor_refuses() {
    refuses::<Anchor>(&[
        (
            "",
            "the empty text is not a date with a time",
            "write `2026-01-01T06:00:00Z` or `2026-01-01T06:00:00+01:00`",
        ),
        (
            "2026-01-01T00:00:00",
            "the anchor `2026-01-01T00:00:00` has no offset from UTC",
            "write `2026-01-01T00:00:00Z` for UTC, or an offset such as `2026-01-01T00:00:00+01:00`",
        ),
        (
            "2026-01-01T00:00:00+0100",
            "`+0100` is not an offset from UTC",
            "write `Z`, or hours and minutes such as `+01:00`",
        ),
        (
            "2026-01-01T00:00:00+25:00",
            "`+25:00` is not an offset from UTC",
            "write `Z`, or hours and minutes such as `+01:00`",
        ),
        (
            "2026-01-01 06:30:00",
            "`2026-01-01 06:30:00` is not a date with a time",
            "write `2026-01-01T06:30:00Z` for UTC, or an offset such as `2026-01-01T06:30:00+01:00`",
        ),
        (
            "2026-01-01 06:30:00 +01:00",
            "`2026-01-01 06:30:00 +01:00` is not a date with a time",
            "write `2026-01-01T06:30:00+01:00`",
        ),
        (
            "tomorrow",
            "`tomorrow` is not a date with a time",
            "write `2026-01-01T06:00:00Z` or `2026-01-01T06:00:00+01:00`",
        ),
        (
            "2026-13-01T00:00:00Z",
            "`2026-13-01` is not a day of the calendar",
            "write an existing day from year 1970 to 9998",
        ),
    ]);
}

#[test]
fn time_span_takes() {
    accepts::<TimeSpan>(&["90s", "1h30m", "500ms", "2d", "1d2h3m4s5ms", "0s", "05m"]);
}

#[test]
fn time_span_refuses() {
    refuses::<TimeSpan>(&[
        (
            "",
            "the time span is empty",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "90",
            "time span: `90` has no unit",
            "write `90s`, `90m`, `90h` or `90d`",
        ),
        (
            "1.5h",
            "time span: `.5h` does not start with a whole number",
            "write `1h30m` for one and a half hours",
        ),
        (
            "1,5h",
            "time span: `,5h` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "h",
            "time span: `h` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "10min",
            "time span: `min` is not a unit",
            "write `m`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "2 h",
            "time span: ` h` is not a unit",
            "write `h`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "1w",
            "time span: `w` is not a unit",
            "write `7d`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "30m1h",
            "time span: `h` comes after `m`",
            "write each unit once, the largest first, such as `1h30m`",
        ),
        (
            "1h1h",
            "time span: `h` comes after `h`",
            "write each unit once, the largest first, such as `1h30m`",
        ),
        (
            "-5s",
            "time span: `-5s` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "999999d",
            "time span: `999999d` is longer than 100000 days",
            "write at most `100000d`",
        ),
        (
            "5x",
            "time span: `x` is not a unit",
            "the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "1h30",
            "time span: `30` has no unit",
            "write `30s`, `30m`, `30h` or `30d`",
        ),
    ]);
}

#[test]
fn a_time_span_has_one_form() {
    for (written, shown, milliseconds) in [
        ("90s", "1m30s", 90_000),
        ("3600s", "1h", 3_600_000),
        ("25h", "1d1h", 90_000_000),
        ("05m", "5m", 300_000),
        ("0h", "0s", 0),
    ] {
        let span: TimeSpan = written.parse().expect(written);
        assert_eq!(
            (span.to_string().as_str(), span.as_millis()),
            (shown, milliseconds),
            "{written}"
        );
        assert_eq!(shown.parse(), Ok(span));
    }
}
