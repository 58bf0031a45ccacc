//! `schedule = ...`: one schedule or a list of them.

mod when;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, ExprCall, LitStr};

use crate::keyed::assigned;
use crate::list::{Entry, Keyed, Keys, Value, parse_list};
use crate::parameters::{ParameterList, Parameters};
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_literal, ruled_text};
use crate::schedule::when::{cron, cron_tokens, interval, judge, parsed, rrule};
use crate::value::{boolean, string_literal};

/// Keys of `cron(...)` behind the expression.
pub(crate) const CRON_KEYS: &[&str] = &["tz", "day_or", "slug", "active", "parameters"];
/// Keys of `interval(...)` behind the duration.
pub(crate) const INTERVAL_KEYS: &[&str] = &["anchor", "tz", "slug", "active", "parameters"];
/// Keys of `rrule(...)` behind the rule.
pub(crate) const RRULE_KEYS: &[&str] = &["start", "tz", "slug", "active", "parameters"];

const EXAMPLE: &str = "write `cron(\"0 6 * * *\", tz = \"Europe/Oslo\")`, `interval(\"15m\")` or \
                       `rrule(\"FREQ=DAILY\")`";

/// A schedule whose parts are checked.
pub(crate) struct Schedule {
    /// What a report about the whole schedule points at.
    pub(crate) place: TokenStream,
    pub(crate) kind: &'static str,
    pub(crate) slug: Option<Ruled>,
    pub(crate) when: When,
    pub(crate) active: Option<bool>,
    pub(crate) parameters: ParameterList,
}

/// When a schedule fires.
pub(crate) struct When {
    /// An expression of type `Schedule`.
    pub(crate) tokens: TokenStream,
    /// The same in English.
    pub(crate) words: String,
}

/// Reads every schedule and gives each one its slug.
pub(crate) fn read_schedules(
    keyed: &Keyed,
    parameters: Parameters<'_>,
    problems: &mut Problems,
) -> Vec<Schedule> {
    let Some(value) = assigned(keyed, "cron(\"0 6 * * *\")", problems) else {
        return Vec::new();
    };
    let mut schedules = Vec::new();
    let mut complete = true;
    let values: Vec<&Expr> = match value {
        Expr::Array(array) => array.elems.iter().collect(),
        one => vec![one],
    };
    if values.is_empty() {
        problems.push(
            value,
            "the list of schedules is empty",
            Some("remove `schedule` for a deployment that runs on demand"),
        );
    }
    for value in values {
        match read_schedule(value, parameters, problems) {
            Some(schedule) => schedules.push(schedule),
            None => complete = false,
        }
    }
    if complete {
        name_schedules(&schedules, problems);
    }
    schedules
}

fn read_schedule(
    value: &Expr,
    parameters: Parameters<'_>,
    problems: &mut Problems,
) -> Option<Schedule> {
    if string_literal(value).is_some() {
        let expression = ruled_literal::<longshore_spec::CronExpression>(
            "cron",
            value,
            &quote!(CronExpression),
            problems,
        )?;
        let whole = longshore_spec::Schedule::Cron {
            expression: parsed(&expression)?,
            timezone: None,
            day_or: true,
        };
        judge(value, &whole, problems)?;
        return Some(Schedule {
            place: value.to_token_stream(),
            kind: "cron",
            slug: None,
            when: When {
                tokens: cron_tokens(&expression, None, true),
                words: whole.in_words(),
            },
            active: None,
            parameters: ParameterList::default(),
        });
    }
    let call = match value {
        Expr::Call(call) => call,
        _ => {
            problems.push(
                value,
                "a schedule is `cron(...)`, `interval(...)` or `rrule(...)`",
                Some(EXAMPLE),
            );
            return None;
        }
    };
    let name = call.func.to_token_stream().to_string();
    match name.as_str() {
        "cron" => read_call("cron", CRON_KEYS, call, parameters, problems, cron),
        "interval" => read_call(
            "interval",
            INTERVAL_KEYS,
            call,
            parameters,
            problems,
            interval,
        ),
        "rrule" => read_call("rrule", RRULE_KEYS, call, parameters, problems, rrule),
        _ => {
            let nearest = longshore_spec::suggest::nearest(&name, ["cron", "interval", "rrule"]);
            let help = nearest.map_or_else(|| EXAMPLE.to_owned(), |name| format!("write `{name}`"));
            problems.push(
                &call.func,
                format!("`{name}` is no kind of schedule"),
                Some(&help),
            );
            None
        }
    }
}

/// Reads what is particular to one kind of schedule: the first argument and the kind's own keys.
type ReadKind = fn(&Expr, &mut Keys, &mut Problems) -> Option<When>;

fn read_call(
    kind: &'static str,
    known: &[&str],
    call: &ExprCall,
    parameters: Parameters<'_>,
    problems: &mut Problems,
    read: ReadKind,
) -> Option<Schedule> {
    let mut entries = parse_list(call.args.to_token_stream(), problems);
    let first = match entries.first().cloned() {
        Some(Entry::Positional(first)) => {
            entries.remove(0);
            Some(first)
        }
        // A bare word is read as a key; here it is a constant.
        Some(Entry::Keyed(word, Value::Missing)) => {
            entries.remove(0);
            Some(syn::parse_quote!(#word))
        }
        _ => {
            problems.push(
                call,
                format!("`{kind}` lacks its first argument"),
                Some(EXAMPLE),
            );
            None
        }
    };
    report_zones(kind, &mut entries, problems);
    let mut keys = Keys::collect(&format!("`{kind}(...)`"), known, entries, problems);
    let slug = keys.take("slug").and_then(|keyed| {
        let value = assigned(&keyed, "\"nightly\"", problems)?;
        ruled_text::<longshore_spec::Slug>("slug", value, &quote!(Slug), problems)
    });
    let active = keys.take("active").and_then(|keyed| {
        let value = assigned(&keyed, "false", problems)?;
        boolean("active", value, problems)
    });
    let values = keys
        .take("parameters")
        .map(|keyed| ParameterList::read(&keyed, parameters, problems))
        .unwrap_or_default();
    let when = match first {
        Some(first) => read(&first, &mut keys, problems),
        None => None,
    };
    Some(Schedule {
        place: call.to_token_stream(),
        kind,
        slug,
        when: when?,
        active,
        parameters: values,
    })
}

/// Reports time zones that are given by position, as Prefect's Python takes them.
fn report_zones(kind: &str, entries: &mut Vec<Entry>, problems: &mut Problems) {
    entries.retain(|entry| {
        let Entry::Positional(value) = entry else {
            return true;
        };
        let zone = string_literal(value).map(LitStr::value);
        let Some(zone) = zone.filter(|zone| zone.parse::<longshore_spec::TimeZone>().is_ok())
        else {
            return true;
        };
        problems.push(
            value,
            format!("`{kind}(...)` takes the time zone as `tz`"),
            Some(&format!("write `tz = \"{zone}\"`")),
        );
        false
    });
}

pub(crate) fn optional(value: Option<&impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(__longshore::Some(#value)),
        None => quote!(__longshore::None),
    }
}

/// The text, if there is one, as an expression of type `Option<&'static str>`.
pub(crate) fn optional_text(value: Option<&Ruled>) -> TokenStream {
    optional(value.map(Ruled::text).as_ref())
}

/// Every schedule but the first one names its slug, and no slug stands twice.
fn name_schedules(schedules: &[Schedule], problems: &mut Problems) {
    let mut taken = vec!["main".to_owned()];
    for (index, schedule) in schedules.iter().enumerate() {
        let slug = schedule
            .slug
            .as_ref()
            .map(|slug| slug.literal.as_ref().map(LitStr::value));
        match slug {
            Some(Some(slug)) if slug == "main" && index == 0 => {}
            Some(Some(slug)) if taken.contains(&slug) => problems.push(
                schedule.slug.as_ref(),
                format!("two schedules of this deployment have the slug `{slug}`"),
                Some("a slug is a schedule's identity on the server: change one of the two"),
            ),
            Some(Some(slug)) => taken.push(slug),
            Some(None) => {}
            None if index == 0 => {}
            None => {
                let proposal = propose(schedule.kind, &taken);
                problems.push(
                    &schedule.place,
                    "a further schedule needs a slug, by which the server knows it again",
                    Some(&format!("add `slug = \"{proposal}\"`")),
                );
                taken.push(proposal);
            }
        }
    }
}

fn propose(kind: &str, taken: &[String]) -> String {
    let free = |slug: &String| !taken.contains(slug);
    Some(kind.to_owned())
        .filter(free)
        .or_else(|| (2..).map(|n| format!("{kind}-{n}")).find(free))
        .unwrap_or_default()
}
