use crate::table::{accepts, refuses};
use longshore_spec::RecurrenceRule;

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
