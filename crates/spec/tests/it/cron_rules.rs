use crate::table::{accepts, refuses};
use longshore_spec::CronExpression;

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
        ("Daily", "cron: 1 field instead of 5", "write `@daily`"),
        (
            "15m",
            "cron: 1 field instead of 5",
            "write `interval(\"15m\")`",
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
