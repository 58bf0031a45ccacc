use super::random::Random;

/// Starts of rules: a plain day, a month's last, a leap day, and one within a clock change.
pub(super) const BEGINNINGS: [&str; 5] = [
    "2020-01-01T00:00:00",
    "2024-01-31T06:15:00",
    "2024-02-29T23:59:59",
    "2025-03-30T02:30:00",
    "2026-05-13T01:30",
];

const FREQUENCIES: [&str; 6] = ["YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A recurrence rule that follows RFC 5545 more often than not.
pub(super) fn rule(random: &mut Random) -> String {
    let frequency = random.pick(&FREQUENCIES);
    let mut parts = vec![format!("FREQ={frequency}")];
    if random.one_in(3) {
        parts.push(format!("INTERVAL={}", random.between(1, 5)));
    }
    if random.one_in(3) {
        parts.push(format!("BYMONTH={}", numbers(random, 1, 12, false)));
    }
    if random.one_in(3) {
        parts.push(format!("BYDAY={}", weekdays(random, frequency)));
    }
    if random.one_in(4) {
        parts.push(format!("BYMONTHDAY={}", numbers(random, 1, 31, true)));
    }
    if frequency == "YEARLY" && random.one_in(4) {
        parts.push(format!("BYYEARDAY={}", numbers(random, 1, 366, true)));
    }
    if frequency == "YEARLY" && random.one_in(4) {
        parts.push(format!("BYWEEKNO={}", numbers(random, 1, 53, false)));
    }
    if random.one_in(4) {
        parts.push(format!("BYHOUR={}", numbers(random, 0, 23, false)));
    }
    if random.one_in(5) {
        parts.push(format!("BYMINUTE={}", numbers(random, 0, 59, false)));
    }
    if random.one_in(9) {
        parts.push(format!("BYSECOND={}", numbers(random, 0, 59, false)));
    }
    if random.one_in(5) {
        parts.push(format!("BYSETPOS={}", numbers(random, 1, 3, true)));
    }
    if random.one_in(6) {
        parts.push(format!("WKST={}", random.pick(&DAYS)));
    }
    match random.between(1, 8) {
        1 => parts.push(format!("COUNT={}", random.between(1, 5000))),
        2 => parts.push(format!("UNTIL=20{}0615T120000", random.between(26, 29))),
        _ => {}
    }
    parts.join(";")
}

fn numbers(random: &mut Random, least: u32, greatest: u32, negative: bool) -> String {
    let count = random.between(1, 3);
    let list: Vec<String> = (0..count)
        .map(|_| {
            let sign = if negative && random.one_in(3) {
                "-"
            } else {
                ""
            };
            format!("{sign}{}", random.between(least, greatest))
        })
        .collect();
    list.join(",")
}

fn weekdays(random: &mut Random, frequency: &str) -> String {
    let numbered = matches!(frequency, "YEARLY" | "MONTHLY") && random.one_in(2);
    let count = random.between(1, 3);
    let list: Vec<String> = (0..count)
        .map(|_| {
            let number = if numbered {
                random.pick(&["1", "2", "4", "5", "-1", "-2", "+3"])
            } else {
                ""
            };
            format!("{number}{}", random.pick(&DAYS))
        })
        .collect();
    list.join(",")
}
