//! `cron(...)`, `interval(...)` and `rrule(...)`: when a schedule fires.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use crate::keyed::assigned;
use crate::list::Keys;
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_literal};
use crate::schedule::{When, optional_text};
use crate::value::{boolean, duration_literal};

fn timezone(keys: &mut Keys, problems: &mut Problems) -> Option<Ruled> {
    let keyed = keys.take("tz")?;
    let value = assigned(&keyed, "\"Europe/Oslo\"", problems)?;
    ruled_literal::<longshore_spec::TimeZone>("tz", value, &quote!(TimeZone), problems)
}

pub(super) fn cron(first: &Expr, keys: &mut Keys, problems: &mut Problems) -> Option<When> {
    let expression = ruled_literal::<longshore_spec::CronExpression>(
        "cron",
        first,
        &quote!(CronExpression),
        problems,
    );
    let timezone = timezone(keys, problems);
    let day_or = keys
        .take("day_or")
        .and_then(|keyed| {
            let value = assigned(&keyed, "false", problems)?;
            boolean("day_or", value, problems)
        })
        .unwrap_or(true);
    let expression = expression?;
    let whole = longshore_spec::Schedule::Cron {
        expression: parsed(&expression)?,
        timezone: timezone.as_ref().and_then(parsed),
        day_or,
    };
    judge(first, &whole, problems)?;
    Some(When {
        tokens: cron_tokens(&expression, timezone.as_ref(), day_or),
        words: whole.in_words(),
    })
}

pub(super) fn cron_tokens(
    expression: &Ruled,
    timezone: Option<&Ruled>,
    day_or: bool,
) -> TokenStream {
    let (expression, timezone) = (expression.text(), optional_text(timezone));
    quote!(__longshore::cron(#expression, #timezone, #day_or))
}

pub(super) fn interval(first: &Expr, keys: &mut Keys, problems: &mut Problems) -> Option<When> {
    let every =
        duration_literal("interval", first, problems).and_then(|text| match text
            .value()
            .parse::<longshore_spec::Interval>(
        ) {
            Ok(every) => Some(every),
            Err(error) => {
                problems.push_rule(&text, &error);
                None
            }
        });
    let anchor = keys.take("anchor").and_then(|keyed| {
        let value = assigned(&keyed, "\"2026-01-01T00:00:00Z\"", problems)?;
        ruled_literal::<longshore_spec::Anchor>("anchor", value, &quote!(Anchor), problems)
    });
    let timezone = timezone(keys, problems);
    let every = every?;
    let words = longshore_spec::Schedule::Interval {
        every,
        anchor: None,
        timezone: timezone.as_ref().and_then(parsed),
    }
    .in_words();
    let every = crate::value::milliseconds(every.time_span());
    let (anchor, timezone) = (
        optional_text(anchor.as_ref()),
        optional_text(timezone.as_ref()),
    );
    let tokens = quote!(__longshore::interval(#every, #anchor, #timezone));
    Some(When { tokens, words })
}

pub(super) fn rrule(first: &Expr, keys: &mut Keys, problems: &mut Problems) -> Option<When> {
    let rule = ruled_literal::<longshore_spec::RecurrenceRule>(
        "rrule",
        first,
        &quote!(RecurrenceRule),
        problems,
    );
    let keyed_start = keys.take("start");
    let start = keyed_start.as_ref().and_then(|keyed| {
        let value = assigned(keyed, "\"2026-01-01T06:00:00\"", problems)?;
        ruled_literal::<longshore_spec::LocalDateTime>(
            "start",
            value,
            &quote!(LocalDateTime),
            problems,
        )
    });
    let timezone = timezone(keys, problems);
    let rule = rule?;
    let whole = longshore_spec::Schedule::Rrule {
        rule: parsed(&rule)?,
        start: start.as_ref().and_then(parsed),
        timezone: timezone.as_ref().and_then(parsed),
    };
    if keyed_start.is_none() || start.is_some() {
        judge(first, &whole, problems)?;
    }
    let words = whole.in_words();
    let (rule, start) = (rule.text(), optional_text(start.as_ref()));
    let timezone = optional_text(timezone.as_ref());
    let tokens = quote!(__longshore::rrule(#rule, #start, #timezone));
    Some(When { tokens, words })
}

/// A literal that has kept its rule, as a value.
pub(super) fn parsed<R: std::str::FromStr>(ruled: &Ruled) -> Option<R> {
    ruled.literal.as_ref()?.value().parse().ok()
}

/// What only the whole schedule can be held against.
pub(super) fn judge(
    place: &Expr,
    schedule: &longshore_spec::Schedule,
    problems: &mut Problems,
) -> Option<()> {
    schedule
        .check()
        .map_err(|error| problems.push_rule(place, &error))
        .ok()
}
