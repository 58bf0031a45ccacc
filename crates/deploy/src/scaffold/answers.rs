//! What is known of a flow before it is written: from the command line, else from the terminal, else as it is mostly.

use std::str::FromStr;

use longshore_spec::{
    DeploymentName, Explain, FlowPlace, ImageReference, Schedule, TimeZone, WorkQueueName,
};

use super::parameter::Parameter;
use super::taken::Taken;
use super::terminal::{AskError, Terminal};
use super::{Problem, schedule};
use crate::command_line::NewArguments;
use crate::config::Defaults;
use crate::error::Failure;

/// Something is missing that has no default.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("no flow is named, and there is no terminal to ask on")]
    NoPlace,
    #[error("there is a time zone and no schedule")]
    ZoneAlone,
}

impl Explain for AnswerError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoPlace => {
                "write `deploy new <project>/<flow>`; optional are --deployment, --schedule, --timezone, --queue, \
                 --image and --param"
                    .to_owned()
            }
            Self::ZoneAlone => "give `--schedule` too, such as `0 6 * * MON-FRI`".to_owned(),
        })
    }
}

/// A flow that is to be written.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) place: FlowPlace,
    pub(super) deployment: DeploymentName,
    pub(super) schedule: Option<Schedule>,
    pub(super) queue: Option<WorkQueueName>,
    pub(super) image: Option<ImageReference>,
    pub(super) parameters: Vec<Parameter>,
}

const DEPLOYMENT: DeploymentName = DeploymentName::from_static("main");

impl Answers {
    /// Judges what is given, and asks for the rest, if there is a terminal.
    ///
    /// # Errors
    /// What is given breaks its rule or is taken (all of that at once), the flow has no name, or the answers end.
    pub(super) fn collect(
        arguments: &NewArguments,
        defaults: &Defaults,
        taken: &Taken<'_>,
        terminal: Option<&mut Terminal<'_>>,
    ) -> Result<Self, Failure> {
        let given = Given::read(arguments, taken, terminal.is_some())?;
        Ok(match terminal {
            Some(terminal) => given.completed_on(terminal, defaults, taken)?,
            None => given.completed()?,
        })
    }
}

/// What the command line says, judged.
struct Given {
    place: Option<FlowPlace>,
    deployment: Option<DeploymentName>,
    timezone: Option<TimeZone>,
    schedule: Option<Schedule>,
    queue: Option<WorkQueueName>,
    image: Option<ImageReference>,
    parameters: Vec<Parameter>,
}

impl Given {
    fn read(arguments: &NewArguments, taken: &Taken<'_>, asks: bool) -> Result<Self, Failure> {
        let mut problems = Problems(Vec::new());
        let scheduled = arguments.schedule.is_some();
        if !asks && arguments.place.is_none() {
            problems.0.push(Box::new(AnswerError::NoPlace));
        }
        if !asks && arguments.timezone.is_some() && !scheduled {
            problems.0.push(Box::new(AnswerError::ZoneAlone));
        }
        let place: Option<FlowPlace> = problems.parsed(&arguments.place);
        for taken in place.iter().flat_map(|place| taken.by(place)) {
            problems.0.push(Box::new(taken));
        }
        let timezone: Option<TimeZone> = problems.parsed(&arguments.timezone);
        let schedule = arguments.schedule.as_deref();
        let schedule = schedule.map(|text| schedule::read(text, timezone.clone()));
        let schedule = schedule.and_then(|read| problems.kept(read));
        let mut parameters = Vec::new();
        for text in &arguments.parameters {
            let read = read_parameter(text, &parameters, scheduled);
            parameters.extend(problems.kept(read));
        }
        let given = Self {
            place,
            deployment: problems.parsed(&arguments.deployment),
            timezone,
            schedule,
            queue: problems.parsed(&arguments.queue),
            image: problems.parsed(&arguments.image),
            parameters,
        };
        Failure::unless_none(problems.0)?;
        Ok(given)
    }

    fn completed(self) -> Result<Answers, AnswerError> {
        Ok(Answers {
            place: self.place.ok_or(AnswerError::NoPlace)?,
            deployment: self.deployment.unwrap_or(DEPLOYMENT),
            schedule: self.schedule,
            queue: self.queue,
            image: self.image,
            parameters: self.parameters,
        })
    }

    fn completed_on(
        self,
        terminal: &mut Terminal<'_>,
        defaults: &Defaults,
        taken: &Taken<'_>,
    ) -> Result<Answers, AskError> {
        let place = match self.place {
            Some(place) => place,
            None => terminal.ask(
                "flow",
                "project/name, such as `finance/daily_report`",
                |text| {
                    let place: FlowPlace = parsed(text)?;
                    match taken.by(&place).into_iter().next() {
                        Some(taken) => Err(Box::new(taken)),
                        None => Ok(place),
                    }
                },
            )?,
        };
        let deployment = match self.deployment {
            Some(deployment) => deployment,
            None => terminal
                .ask("deployment", "its name; empty for `main`", unless_empty)?
                .unwrap_or(DEPLOYMENT),
        };
        let schedule = match self.schedule {
            Some(schedule) => Some(schedule),
            None => ask_schedule(terminal, self.timezone.as_ref(), &self.parameters)?,
        };
        let queue = match self.queue {
            Some(queue) => Some(queue),
            None => terminal.ask("queue", &or_default(defaults.queue.as_ref()), unless_empty)?,
        };
        let image = match self.image {
            Some(image) => Some(image),
            None => terminal.ask("image", &or_default(defaults.image.as_ref()), unless_empty)?,
        };
        let mut parameters = self.parameters;
        if parameters.is_empty() {
            while let Some(parameter) = ask_parameter(terminal, &parameters, schedule.is_some())? {
                parameters.push(parameter);
            }
        }
        Ok(Answers {
            place,
            deployment,
            schedule,
            queue,
            image,
            parameters,
        })
    }
}

fn ask_schedule(
    terminal: &mut Terminal<'_>,
    timezone: Option<&TimeZone>,
    parameters: &[Parameter],
) -> Result<Option<Schedule>, AskError> {
    let hint = "cron such as `0 6 * * MON-FRI`, span such as `15m`, or rule such as `FREQ=MONTHLY;BYDAY=-1FR`; empty \
                for none";
    let schedule = terminal.ask("schedule", hint, |text| {
        if text.is_empty() {
            return Ok(None);
        }
        let schedule = schedule::read(text, timezone.cloned())?;
        for parameter in parameters {
            parameter.check(&[], true).map_err(boxed)?;
        }
        Ok(Some(schedule))
    })?;
    let Some(mut schedule) = schedule else {
        return Ok(None);
    };
    if let (Schedule::Cron { timezone, .. } | Schedule::Rrule { timezone, .. }, None) =
        (&mut schedule, timezone)
    {
        let hint = "such as `Europe/Oslo`; empty for UTC";
        *timezone = terminal.ask("time zone", hint, unless_empty)?;
    }
    terminal.say(&format!("  it runs {}", schedule.in_words()))?;
    Ok(Some(schedule))
}

fn ask_parameter(
    terminal: &mut Terminal<'_>,
    others: &[Parameter],
    scheduled: bool,
) -> Result<Option<Parameter>, AskError> {
    let hint = if others.is_empty() {
        "such as `days: u32 = 7` or `region: String`; empty for none"
    } else {
        "one more; empty if that is all"
    };
    terminal.ask("parameter", hint, |text| {
        if text.is_empty() {
            return Ok(None);
        }
        read_parameter(text, others, scheduled).map(Some)
    })
}

fn or_default(default: Option<&impl std::fmt::Display>) -> String {
    match default {
        Some(default) => format!("empty for `{default}` of longshore.toml"),
        None => "empty for none".to_owned(),
    }
}

fn read_parameter(text: &str, others: &[Parameter], scheduled: bool) -> Result<Parameter, Problem> {
    let parameter = Parameter::read(text).map_err(boxed)?;
    parameter.check(others, scheduled).map_err(boxed)?;
    Ok(parameter)
}

fn boxed(error: impl Explain + Send + Sync + 'static) -> Problem {
    Box::new(error)
}

fn parsed<T>(text: &str) -> Result<T, Problem>
where
    T: FromStr<Err: Explain + Send + Sync + 'static>,
{
    text.parse().map_err(boxed)
}

fn unless_empty<T>(text: &str) -> Result<Option<T>, Problem>
where
    T: FromStr<Err: Explain + Send + Sync + 'static>,
{
    if text.is_empty() {
        return Ok(None);
    }
    parsed(text).map(Some)
}

/// What is wrong so far.
struct Problems(Vec<Problem>);

impl Problems {
    fn kept<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.push(problem)).ok()
    }

    fn parsed<T>(&mut self, text: &Option<String>) -> Option<T>
    where
        T: FromStr<Err: Explain + Send + Sync + 'static>,
    {
        let read = text.as_deref().map(parsed)?;
        self.kept(read)
    }
}
