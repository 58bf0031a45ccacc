use crate::table::{accepts, refuses};
use longshore_spec::{Anchor, CronExpression, Interval, LocalDateTime, RecurrenceRule};

#[test]
fn cron_takes() {
    accepts::<CronExpression>(&[
        "0 6 * * MON-FRI",
        "@daily",
        "@HOURLY",
        "0 22-2 * * *",
        "  0  6  *  *  * ",
        "*/15 * * * *",
        "0 0 L * *",
        "0 0 1-L/2 * *",
        "0 0 L,15 * *",
        "0 12 * * MON#1",
        "0 0 * * L5",
        "0 0 ? * FRI-MON",
        "5/20 * * * *",
        "0 0 29 2 *",
        "0 0 * * 0-7",
        "0 0 * * MON-FRI#2",
    ]);
}

#[test]
fn cron_refuses() {
    refuses::<CronExpression>(&[
        (
            "",
            "the cron expression is empty",
            "write 5 fields: minute, hour, day of month, month, day of week; such as `0 6 * * MON-FRI`",
        ),
        (
            "   ",
            "the cron expression is empty",
            "write 5 fields: minute, hour, day of month, month, day of week; such as `0 6 * * MON-FRI`",
        ),
        (
            "61 * * * *",
            "minute field: `61` is out of range 0-59",
            "write 0 to 59",
        ),
        (
            "* 24 * * *",
            "hour field: `24` is out of range 0-23",
            "write 0 to 23",
        ),
        (
            "* * 0 * *",
            "day-of-month field: `0` is out of range 1-31",
            "write 1 to 31",
        ),
        (
            "* * 32 * *",
            "day-of-month field: `32` is out of range 1-31",
            "write 1 to 31",
        ),
        (
            "* * * 13 *",
            "month field: `13` is out of range 1-12",
            "write 1 to 12",
        ),
        (
            "* * * * 8",
            "day-of-week field: `8` is out of range 0-7",
            "write 0 to 6, where 0 is Sunday, or `MON`",
        ),
        (
            "* * * *",
            "cron: 4 fields instead of 5",
            "write minute, hour, day of month, month and day of week; such as `0 6 * * MON-FRI`",
        ),
        (
            "0 0 6 * * *",
            "cron: 6 fields instead of 5; Prefect puts seconds last, as the 6th field",
            "write `0 6 * * *`",
        ),
        (
            "0 0 6 * * ? *",
            "cron: 7 fields instead of 5; Prefect puts seconds last, as the 6th field",
            "write `0 6 * * ?`",
        ),
        (
            "30 6 * * * 15",
            "cron: 6 fields instead of 5; Prefect puts seconds last, as the 6th field",
            "write 5 fields: minute, hour, day of month, month, day of week; for seconds use an interval",
        ),
        (
            "34-34 * * * *",
            "minute field: Prefect reads the range `34-34` as `*`",
            "write `34`",
        ),
        (
            "0 8-8/4 * * *",
            "hour field: Prefect reads the range `8-8/4` as `*/4`",
            "write `8`",
        ),
        (
            "59/5 * * * *",
            "minute field: Prefect reads the range `59/5` as `*/5`",
            "write `59`",
        ),
        (
            "0 0 * * 7-0",
            "day-of-week field: Prefect reads the range `7-0` as `*`",
            "write `0`",
        ),
        (
            "0 0 * * MON-MON",
            "day-of-week field: Prefect reads the range `MON-MON` as `*`",
            "write `1`",
        ),
        (
            "*/0 * * * *",
            "minute field: the step in `*/0` is not a number from 1",
            "write a whole number from 1 after the `/`",
        ),
        (
            "*/x * * * *",
            "minute field: the step in `*/x` is not a number from 1",
            "write a whole number from 1 after the `/`",
        ),
        (
            "1,,2 * * * *",
            "minute field: `1,,2` has an empty element",
            "remove the extra comma",
        ),
        (
            "0 6 * * MONDAY",
            "day-of-week field: `MONDAY` is not a value of this field",
            "write `MON`",
        ),
        (
            "0 6 * JANUARY *",
            "month field: `JANUARY` is not a value of this field",
            "write `JAN`",
        ),
        (
            "0 6 * * FOO",
            "day-of-week field: `FOO` is not a value of this field",
            "write 0 to 6 or `SUN` to `SAT`, `MON-FRI`, `MON,WED` or `MON#1`",
        ),
        (
            "a * * * *",
            "minute field: `a` is not a value of this field",
            "write a number, `1-5`, `1,15`, `*/15` or `*`",
        ),
        (
            "-5 * * * *",
            "minute field: `-5` is not a value of this field",
            "write a number, `1-5`, `1,15`, `*/15` or `*`",
        ),
        (
            "1-2-3 * * * *",
            "minute field: `1-2-3` is not a value of this field",
            "write a number, `1-5`, `1,15`, `*/15` or `*`",
        ),
        (
            "0 0 15W * *",
            "day-of-month field: Prefect 3 does not know `W` in `15W`",
            "write the day itself, or weekdays such as `MON-FRI` in the 5th field",
        ),
        (
            "0 0 LW * *",
            "day-of-month field: Prefect can't read `L` in `LW`",
            "write `L` alone for the last day of the month",
        ),
        (
            "0 0 * * 5L",
            "day-of-week field: Prefect can't read `L` in `5L`",
            "write `L5` for the last Friday of the month (0 is Sunday)",
        ),
        (
            "0 0 * * L",
            "day-of-week field: Prefect can't read `L` in `L`",
            "write `L5` for the last Friday of the month (0 is Sunday)",
        ),
        (
            "L * * * *",
            "minute field: Prefect can't read `L` in `L`",
            "write a number, a range or `*`",
        ),
        (
            "0 0 L-3 * *",
            "day-of-month field: Prefect can't read `L` in `L-3`",
            "write `L` alone for the last day of the month",
        ),
        (
            "R * * * *",
            "minute field: the random value `R` is not supported",
            "write a number",
        ),
        (
            "H/5 * * * *",
            "minute field: the random value `H/5` is not supported",
            "write a number",
        ),
        (
            "? * * * *",
            "minute field: `?` can only stand alone, for the day of the month or of the week",
            "write `*`",
        ),
        (
            "0 0 ?/2 * *",
            "day-of-month field: `?` can only stand alone, for the day of the month or of the week",
            "write `*`",
        ),
        (
            "0 0 * * MON#+1",
            "day-of-week field: `MON#+1` counts outside `#1` to `#5`",
            "write `MON#1` for the first Monday, up to `MON#5`",
        ),
        (
            "0 0 * * MON#6",
            "day-of-week field: `MON#6` counts outside `#1` to `#5`",
            "write `MON#1` for the first Monday, up to `MON#5`",
        ),
        (
            "0 0 * * 1#1,2",
            "day-of-week field: `1#1,2` mixes weekdays with `#` or `L` and weekdays without, which Prefect can't do",
            "write two schedules",
        ),
        (
            "0 0 * * 1-5#2",
            "day-of-week field: `1-5#2` is not a value of this field",
            "write 0 to 6 or `SUN` to `SAT`, `MON-FRI`, `MON,WED` or `MON#1`",
        ),
        (
            "@reboot",
            "cron: `@reboot` is not a schedule that Prefect knows",
            "write 5 fields such as `0 6 * * *`, or `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`",
        ),
        (
            "@every 5m",
            "cron: `@every 5m` is not a schedule that Prefect knows",
            "write an interval schedule, such as `interval(\"15m\")`",
        ),
        (
            "@dayly",
            "cron: `@dayly` is not a schedule that Prefect knows",
            "write `@daily`",
        ),
        (
            "0 0 30 2 *",
            "cron: day `30` of month `2` never comes, so this schedule never fires",
            "write a day that the month has; `L` is the last one",
        ),
        (
            "0 0 31 4,6 *",
            "cron: day `31` of month `4,6` never comes, so this schedule never fires",
            "write a day that the month has; `L` is the last one",
        ),
        (
            "0 0 30 2 1",
            "cron: day `30` of month `2` never comes, so this schedule never fires",
            "write a day that the month has; `L` is the last one",
        ),
        (
            "0 ６ * * *",
            "cron: the character `６` at position 3 is not allowed",
            "write ASCII letters and digits only",
        ),
        (
            "0 6 * * *\n",
            "cron: the character `\\n` at position 10 is not allowed",
            "remove it",
        ),
        (
            "every day",
            "cron: 2 fields instead of 5",
            "write minute, hour, day of month, month and day of week; such as `0 6 * * MON-FRI`",
        ),
        (
            " @daily",
            "cron: ` @daily` is not a schedule that Prefect knows",
            "write `@daily`",
        ),
    ]);
}

#[test]
fn rrule_takes() {
    accepts::<RecurrenceRule>(&[
        "FREQ=DAILY",
        "freq=daily",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20300101T000000",
        "FREQ=DAILY;UNTIL=20300101",
        "FREQ=MONTHLY;BYMONTHDAY=29;BYMONTH=2",
        "FREQ=HOURLY;INTERVAL=6",
    ]);
}

#[test]
fn rrule_refuses() {
    refuses::<RecurrenceRule>(&[
        (
            "",
            "the rrule is empty",
            "write `FREQ=DAILY`, `FREQ=WEEKLY;BYDAY=MO` or the like",
        ),
        (
            "INTERVAL=2",
            "rrule: `FREQ` is missing",
            "write `FREQ=DAILY`, `FREQ=WEEKLY;BYDAY=MO` or the like",
        ),
        (
            "FREQ=DAYLY",
            "rrule: `FREQ=DAYLY` is not a frequency",
            "write `FREQ=DAILY`",
        ),
        (
            "FREQ=X",
            "rrule: `FREQ=X` is not a frequency",
            "the frequencies are `YEARLY`, `MONTHLY`, `WEEKLY`, `DAILY`, `HOURLY`",
        ),
        (
            "FREQ=SECONDLY",
            "rrule: `FREQ=SECONDLY` is not supported",
            "write an interval schedule, such as `interval(\"15m\")`",
        ),
        (
            "FREQ=MINUTELY;INTERVAL=15",
            "rrule: `FREQ=MINUTELY` is not supported",
            "write an interval schedule, such as `interval(\"15m\")`",
        ),
        (
            "FREQ=DAILY;FOO=1",
            "rrule: `FOO` is not a part of a rule",
            "the parts are `FREQ`, `INTERVAL`, `COUNT`, `UNTIL`, `BYDAY`, `BYMONTHDAY`, `BYMONTH`, `BYHOUR`, `BYMINUTE`, `BYSECOND`, `BYSETPOS`, `BYYEARDAY`, `BYWEEKNO`, `WKST`",
        ),
        (
            "FREQ=DAILY;INTERVALL=2",
            "rrule: `INTERVALL` is not a part of a rule",
            "write `INTERVAL`",
        ),
        (
            "FREQ=DAILY;INTERVAL=0",
            "rrule INTERVAL: `0` is not allowed",
            "write a whole number from 1 to 99999",
        ),
        (
            "FREQ=DAILY;INTERVAL=-1",
            "rrule INTERVAL: `-1` is not allowed",
            "write a whole number from 1 to 99999",
        ),
        (
            "FREQ=DAILY;COUNT=0",
            "rrule COUNT: `0` is not allowed",
            "write a whole number from 1 to 99999",
        ),
        (
            "FREQ=DAILY;BYHOUR=25",
            "rrule BYHOUR: `25` is not allowed",
            "write 0 to 23",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "rrule BYMONTHDAY: `32` is not allowed",
            "write 1 to 31 or -31 to -1",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "rrule BYMONTHDAY: `0` is not allowed",
            "write 1 to 31 or -31 to -1",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2",
            "rrule: no day is `BYMONTHDAY=30` of `BYMONTH=2`, so this schedule never fires",
            "write a day that exists; `-1` is the last day of the month",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4,6",
            "rrule: no day is `BYMONTHDAY=31` of `BYMONTH=4,6`, so this schedule never fires",
            "write a day that exists; `-1` is the last day of the month",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MON",
            "rrule BYDAY: `MON` is not a weekday",
            "write `MO`",
        ),
        (
            "FREQ=WEEKLY;BYDAY=XX",
            "rrule BYDAY: `XX` is not a weekday",
            "write `MO`, `TU`, `WE`, `TH`, `FR`, `SA` or `SU`, with a number before it for the n-th such as `-1FR`",
        ),
        (
            "FREQ=DAILY;BYDAY=1MO",
            "rrule BYDAY: the number in `1MO` is ignored with `FREQ=DAILY`",
            "write `MO`, or use `FREQ=MONTHLY` for the n-th weekday of the month",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,-1FR",
            "rrule BYDAY: the number in `-1FR` is ignored with `FREQ=WEEKLY`",
            "write `FR`, or use `FREQ=MONTHLY` for the n-th weekday of the month",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,1TU",
            "rrule BYDAY: `MO,1TU` mixes weekdays with and without a number, which Prefect joins by \"and\"",
            "write two schedules",
        ),
        (
            "FREQ=YEARLY;BYEASTER=0",
            "rrule: `BYEASTER` is not part of RFC 5545",
            "write a rule with fixed dates",
        ),
        (
            "FREQ=DAILY;UNTIL=20300101T000000Z",
            "rrule UNTIL: `20300101T000000Z` is in UTC, the rule's start is in local time, and Prefect then finds no dates at all",
            "write `20300101T000000`, which is read in the schedule's time zone",
        ),
        (
            "FREQ=DAILY;UNTIL=2030-01-01",
            "rrule UNTIL: `2030-01-01` is not a date",
            "write `20301231T235959`, in the schedule's time zone",
        ),
        (
            "FREQ=DAILY;COUNT=3;UNTIL=20300101",
            "rrule: `COUNT` and `UNTIL` exclude each other",
            "write one of the two",
        ),
        (
            "FREQ=DAILY;FREQ=WEEKLY",
            "rrule: `FREQ` is given twice",
            "write `FREQ` once, with a list such as `1,15` where it takes one",
        ),
        (
            "FREQ=DAILY;",
            "rrule: the empty text is not `NAME=value`",
            "write parts such as `INTERVAL=2` with `;` between",
        ),
        (
            "FREQ=DAILY; INTERVAL=2",
            "rrule: the character ` ` is not allowed",
            "remove the blank",
        ),
        (
            "FREQ = DAILY",
            "rrule: the character ` ` is not allowed",
            "remove the blank",
        ),
        (
            "DTSTART:20260101T060000\nRRULE:FREQ=DAILY",
            "rrule: `DTSTART` can't be part of it",
            "write `start = \"2026-01-01T06:00:00\"` beside the rule, and the zone as `tz`",
        ),
        (
            "FREQ=DAILY\nEXDATE:20260330T060000",
            "rrule: `EXDATE` can't be part of it",
            "write several schedules, each with one rule",
        ),
        (
            "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
            "rrule: `RRULE` can't be part of it",
            "write several schedules, each with one rule",
        ),
        (
            "FREQ=MONTHLY;BYWEEKNO=20",
            "rrule: `BYWEEKNO` does not go with `FREQ=MONTHLY`",
            "use `FREQ=YEARLY`",
        ),
        (
            "FREQ=DAILY;BYYEARDAY=1",
            "rrule: `BYYEARDAY` does not go with `FREQ=DAILY`",
            "use `FREQ=YEARLY`",
        ),
        (
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "rrule: `BYMONTHDAY` does not go with `FREQ=WEEKLY`",
            "use `FREQ=MONTHLY`",
        ),
        (
            "FREQ=HOURLY;INTERVAL=2;BYHOUR=1",
            "rrule: `BYHOUR` with `FREQ=HOURLY` and `INTERVAL=2` depends on the start and may never fire",
            "write `FREQ=DAILY` with the hours in `BYHOUR`",
        ),
        (
            "FREQ=DAILY;BYSETPOS=1",
            "rrule: `BYSETPOS` needs another `BY...` part to choose from",
            "add a part such as `BYDAY=MO,TU,WE,TH,FR`",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
            "rrule BYSETPOS: `0` is not allowed",
            "write 1 to 366 or -366 to -1",
        ),
        (
            "FREQ=DÄILY",
            "rrule: the character `Ä` is not allowed",
            "write ASCII letters, digits and `=;,+-` only",
        ),
    ]);
}

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
            "write `2026-01-01T06:00:00`",
        ),
        (
            "2026-01-01 06:00:00",
            "`2026-01-01 06:00:00` is not a date with a time",
            "write `2026-01-01T06:00:00`",
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
