//! Deployments in plain texts, which the macro has judged already.
//!
//! Each call in a static costs the compiler, and so does each field. So what is absent is not written, texts stay texts, and
//! the records are made when the program collects them.

use longshore_spec::{
    Anchor, CronExpression, DeploymentName, FlowPath, ImageReference, Interval, LocalDateTime,
    RecurrenceRule, Schedule, Slug, StorageUrl, Tag, TimeZone, WorkPoolName, WorkQueueName,
};

use crate::record::{
    Catchup, Concurrency, DeploymentRecord, EnvironmentVariable, FlowRecord, JobVariables,
    ParameterValues, ScheduleRecord, SecretRecord, SourceLocation,
};

/// A text of a type, if there is one; `Option::map` cannot be called in a `const`.
macro_rules! checked {
    ($text:expr, $type:ident) => {
        match $text {
            Some(text) => Some($type::checked_by_macro(text)),
            None => None,
        }
    };
}

/// A deployment as its attribute says it.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentParts {
    pub name: &'static str,
    pub flow: &'static FlowRecord,
    pub package: &'static str,
    pub source: SourceLocation,
    pub schedules: &'static [ScheduleRecord],
    pub image: Option<&'static str>,
    pub queue: Option<&'static str>,
    pub pool: Option<&'static str>,
    pub storage: Option<&'static str>,
    pub path: Option<&'static str>,
    pub parameters: ParameterValues,
    pub tags: &'static [Tag],
    pub description: Option<&'static str>,
    pub concurrency: Option<Concurrency>,
    pub active: Option<bool>,
    pub environment: &'static [EnvironmentVariable],
    pub job_variables: (&'static [longshore_spec::JobVariableName], ParameterValues),
    pub secrets: &'static [SecretRecord],
    pub catchup: Catchup,
    pub renamed_from: Option<&'static str>,
}

impl DeploymentParts {
    /// One without anything that can be left out.
    #[must_use]
    pub const fn new(
        name: &'static str,
        flow: &'static FlowRecord,
        package: &'static str,
        source: SourceLocation,
    ) -> Self {
        Self {
            name,
            flow,
            package,
            source,
            schedules: &[],
            image: None,
            queue: None,
            pool: None,
            storage: None,
            path: None,
            parameters: ParameterValues::NONE,
            tags: &[],
            description: None,
            concurrency: None,
            active: None,
            environment: &[],
            job_variables: (&[], ParameterValues::NONE),
            secrets: &[],
            catchup: Catchup::Latest,
            renamed_from: None,
        }
    }

    /// The record.
    #[must_use]
    pub(crate) fn record(self) -> DeploymentRecord {
        let (names, values) = self.job_variables;
        DeploymentRecord {
            name: DeploymentName::checked_by_macro(self.name),
            flow: self.flow,
            package: self.package,
            source: self.source,
            schedules: self.schedules,
            image: checked!(self.image, ImageReference),
            queue: checked!(self.queue, WorkQueueName),
            pool: checked!(self.pool, WorkPoolName),
            storage: checked!(self.storage, StorageUrl),
            path: checked!(self.path, FlowPath),
            parameters: self.parameters,
            tags: self.tags,
            description: self.description,
            concurrency: self.concurrency,
            active: self.active,
            environment: self.environment,
            job_variables: JobVariables { names, values },
            secrets: self.secrets,
            catchup: self.catchup,
            renamed_from: checked!(self.renamed_from, DeploymentName),
        }
    }
}

/// One schedule of a deployment.
#[must_use]
pub const fn schedule(
    slug: &'static str,
    schedule: Schedule,
    active: Option<bool>,
    parameters: ParameterValues,
) -> ScheduleRecord {
    ScheduleRecord {
        slug: Slug::checked_by_macro(slug),
        schedule,
        active,
        parameters,
    }
}

/// `cron(...)`
#[must_use]
pub const fn cron(
    expression: &'static str,
    timezone: Option<&'static str>,
    day_or: bool,
) -> Schedule {
    Schedule::Cron {
        expression: CronExpression::checked_by_macro(expression),
        timezone: checked!(timezone, TimeZone),
        day_or,
    }
}

/// `interval(...)`, in milliseconds.
#[must_use]
pub const fn interval(
    every: u64,
    anchor: Option<&'static str>,
    timezone: Option<&'static str>,
) -> Schedule {
    Schedule::Interval {
        every: Interval::checked_by_macro(every),
        anchor: checked!(anchor, Anchor),
        timezone: checked!(timezone, TimeZone),
    }
}

/// `rrule(...)`
#[must_use]
pub const fn rrule(
    rule: &'static str,
    start: Option<&'static str>,
    timezone: Option<&'static str>,
) -> Schedule {
    Schedule::Rrule {
        rule: RecurrenceRule::checked_by_macro(rule),
        start: checked!(start, LocalDateTime),
        timezone: checked!(timezone, TimeZone),
    }
}
