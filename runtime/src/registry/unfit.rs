//! Declared values that no run could use, or that no server could store.

use longshore_spec::Explain;
use serde_json::Value;

use super::Registry;
use crate::parameter::{ParameterRecord, UnstorableError, check_storable};
use crate::record::{DeploymentRecord, FlowRecord, ParameterValues, SourceLocation};

/// A declared value with which no run would start.
#[derive(Debug, thiserror::Error)]
#[error("{owner} at {place}: {value} cannot be {subject}")]
pub struct UnfitValue {
    /// `flow ...` or `deployment ...`.
    pub owner: String,
    /// Location of its attribute.
    pub place: SourceLocation,
    /// What the value is for, such as ``the parameter `days` ``.
    pub subject: String,
    /// JSON of the value, shortened.
    pub value: String,
    /// Why it cannot be.
    #[source]
    pub reason: UnfitReason,
}

/// Why a declared value cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnfitReason {
    /// The parameter's type does not read what it, or the attribute, has written.
    #[error("the parameter's type does not read it")]
    Read(#[source] serde_json::Error),
    /// A server cannot store or return it.
    #[error(transparent)]
    Unstorable(#[from] UnstorableError),
    /// The values cannot be written as JSON.
    #[error("it cannot be written as JSON")]
    Write(#[source] serde_json::Error),
}

impl Explain for UnfitValue {
    fn help(&self) -> Option<String> {
        Some(match &self.reason {
            UnfitReason::Unstorable(error) => error.help().to_owned(),
            UnfitReason::Write(_) => "use strings as keys of maps".to_owned(),
            UnfitReason::Read(_) if self.value == "null" => {
                "JSON has no NaN and no infinity, which are written as null: write a finite number"
                    .to_owned()
            }
            UnfitReason::Read(_) => {
                "every run would fail: change the value, or the serde attributes of the type, so that it reads what it \
                 writes (`flatten` with `deny_unknown_fields` does not)"
                    .to_owned()
            }
        })
    }
}

/// Longest JSON of a value in a message, in characters.
const LONGEST: usize = 80;

impl Registry {
    /// Returns the declared values, and shown defaults, that the parameters' types do not read or a server cannot store.
    #[must_use]
    pub fn unfit_values(&self) -> Vec<UnfitValue> {
        let mut unfit: Vec<UnfitValue> = Vec::new();
        for flow in &self.flows {
            unfit.extend(unfit_defaults(flow));
        }
        for deployment in &self.deployments {
            unfit.extend(unfit_of(deployment));
        }
        unfit
    }
}

fn unfit_defaults(flow: &FlowRecord) -> Vec<UnfitValue> {
    let unfit = flow.parameters.iter().filter_map(|parameter| {
        let default = parameter.shown_default()?;
        let reason = check(parameter, &default).err()?;
        Some(UnfitValue {
            owner: format!("flow `{}`", flow.name),
            place: flow.source,
            subject: format!("the default of the parameter `{}`", parameter.name),
            value: short(&default),
            reason,
        })
    });
    unfit.collect()
}

fn unfit_of(deployment: &DeploymentRecord) -> Vec<UnfitValue> {
    let unfit = |subject: String, value: String, reason: UnfitReason| UnfitValue {
        owner: format!("deployment `{}/{}`", deployment.flow.name, deployment.name),
        place: deployment.source,
        subject,
        value,
        reason,
    };
    let mut found = Vec::new();
    let mut of_parameters = |values: &ParameterValues, context: String| match values.get() {
        Err(error) => found.push(unfit(
            format!("the parameters{context}"),
            "a value".to_owned(),
            UnfitReason::Write(error),
        )),
        Ok(values) => found.extend(values.iter().filter_map(|(name, value)| {
            let mut parameters = deployment.flow.parameters.iter();
            let parameter = parameters.find(|parameter| parameter.name == name)?;
            let reason = check(parameter, value).err()?;
            let subject = format!("the parameter `{name}`{context}");
            Some(unfit(subject, short(value), reason))
        })),
    };
    of_parameters(&deployment.parameters, String::new());
    for schedule in deployment.schedules {
        let context = format!(" of the schedule `{}`", schedule.slug);
        of_parameters(&schedule.parameters, context);
    }
    // Values that cannot be written as JSON are reported where the plan reads them.
    for (name, value) in deployment.job_variables.values.get().into_iter().flatten() {
        if let Err(error) = check_storable(&value) {
            let subject = format!("the job variable `{name}`");
            found.push(unfit(subject, short(&value), error.into()));
        }
    }
    for variable in deployment.environment {
        let value = Value::from(variable.value);
        if let Err(error) = check_storable(&value) {
            let subject = format!("the environment variable `{}`", variable.name);
            found.push(unfit(subject, short(&value), error.into()));
        }
    }
    found
}

fn check(parameter: &ParameterRecord, value: &Value) -> Result<(), UnfitReason> {
    check_storable(value)?;
    parameter.check(value).map_err(UnfitReason::Read)
}

/// The JSON of a value, cut to one readable piece.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
