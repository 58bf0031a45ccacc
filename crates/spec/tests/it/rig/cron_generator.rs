use super::random::Random;

struct Field {
    least: u32,
    greatest: u32,
    names: &'static [&'static str],
    oddities: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "jan", "FEB", "Mar", "apr", "may", "JUN", "jul", "aug", "SEP", "oct", "nov", "DEC",
];
const WEEKDAYS: &[&str] = &["sun", "MON", "Tue", "wed", "thu", "FRI", "sat"];
const FIELDS: [Field; 5] = [
    Field {
        least: 0,
        greatest: 59,
        names: &[],
        oddities: &["60", "?", "L", "59/7", "0-59"],
    },
    Field {
        least: 0,
        greatest: 23,
        names: &[],
        oddities: &["24", "?", "22-2", "23/2", "0-23"],
    },
    Field {
        least: 1,
        greatest: 31,
        names: &[],
        oddities: &[
            "L", "L,15", "?", "15W", "LW", "L-3", "20-L", "0", "0-5", "20-0", "32", "1-31",
            "29,30,31", "31/2", "l/2",
        ],
    },
    Field {
        least: 1,
        greatest: 12,
        names: MONTHS,
        oddities: &[
            "13", "january", "nov-feb", "jan-jan", "0", "6-0", "2", "dec/3",
        ],
    },
    Field {
        least: 0,
        greatest: 7,
        names: WEEKDAYS,
        oddities: &[
            "L",
            "L5",
            "5L",
            "l7",
            "L8",
            "1#2",
            "mon#5",
            "fri#1,mon#1",
            "mon-fri#2",
            "1-5#2",
            "1#6",
            "*#1",
            "1#1,2",
            "1#1,*",
            "0#1,0",
            "?",
            "sat-mon",
            "7-1",
            "0-7",
            "sun-sat",
            "MONDAY",
            "7-0",
            "6-7/2",
            "7/2",
            "8",
        ],
    },
];
const GARBAGE: &[&str] = &[
    "a", "1.5", "-1", "1-", "-", "1--2", "*/", "*/0", "*/x", "/5", "1,", ",", "**", "*5", "5*",
    "R", "H", "0x1", "1-5/0", "1-2-3", "*-5", "$", "1_0",
];

/// A cron expression: mostly valid, some beside the rule, some of a wrong number of fields.
pub(super) fn expression(random: &mut Random) -> String {
    if random.one_in(60) {
        return random
            .pick(&[
                "@daily",
                "@HOURLY",
                "@weekly",
                "@reboot",
                " @daily",
                "@yearly",
                "@every 5m",
                "",
                "   ",
            ])
            .to_owned();
    }
    let mut parts: Vec<String> = FIELDS
        .iter()
        .map(|described| field(random, described))
        .collect();
    match random.between(1, 40) {
        1 => drop(parts.pop()),
        2 => parts.push("0".to_owned()),
        3 => parts.extend(["0".to_owned(), "*".to_owned()]),
        _ => {}
    }
    let blank = if random.one_in(20) { "  " } else { " " };
    let text = parts.join(blank);
    if random.one_in(20) {
        format!(" {text} ")
    } else {
        text
    }
}

fn field(random: &mut Random, field: &Field) -> String {
    match random.between(1, 100) {
        1..=38 => "*".to_owned(),
        39..=44 => random.pick(field.oddities).to_owned(),
        45 => random.pick(GARBAGE).to_owned(),
        _ => {
            let count = if random.one_in(4) {
                random.between(2, 4)
            } else {
                1
            };
            (0..count)
                .map(|_| element(random, field))
                .collect::<Vec<_>>()
                .join(",")
        }
    }
}

fn element(random: &mut Random, field: &Field) -> String {
    let first = value(random, field);
    match random.between(1, 12) {
        1..=6 => first,
        7 | 8 => format!("{first}-{}", value(random, field)),
        9 => format!("{first}-{}/{}", value(random, field), random.between(1, 9)),
        10 => format!("{first}/{}", random.between(1, 30)),
        _ => format!("*/{}", random.between(1, 20)),
    }
}

fn value(random: &mut Random, field: &Field) -> String {
    if !field.names.is_empty() && random.one_in(3) {
        return random.pick(field.names).to_owned();
    }
    let number = random.between(field.least, field.greatest);
    if random.one_in(25) {
        format!("0{number}")
    } else {
        number.to_string()
    }
}
