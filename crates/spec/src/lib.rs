//! The words and rules of Longshore: one type per rule, one place for each rule, no input or output.
//!
//! Every text type is a newtype over `Cow<'static, str>`. Names, image references, paths and storage URLs follow rules
//! that are `const fn`, so that `from_static` judges literals and constants when they are compiled and `FromStr` judges
//! the same way at run time. Every error implements [`Explain`]: its text names the bad part, its help the fix.

mod calendar;
mod cron;
mod disclosure;
mod duration;
mod environment;
mod explain;
mod identifier;
mod image;
pub mod kubernetes;
mod message;
mod moment;
mod name;
mod path;
mod rrule;
mod schedule;
mod secret;
mod slug;
mod storage;
pub mod suggest;
pub mod terminal;
mod text;
mod time_limit;
mod variable;
mod zone;

#[cfg(feature = "fires")]
pub mod fires;

pub use cron::{CronError, CronExpression, CronField};
pub use disclosure::{has_secret_name, looks_secret};
pub use duration::{Interval, TimeSpan, TimeSpanError};
pub use environment::{EnvironmentName, EnvironmentNameError};
pub use explain::Explain;
pub use identifier::{FlowPlace, FlowPlaceError, IdentifierError, ParameterName};
pub use image::{ImageProblem, ImageReference, ImageReferenceError, ImageRegistry, ImageTag};
#[doc(hidden)]
pub use message::ConstantMessage;
pub use moment::{Anchor, LocalDateTime, MomentError};
pub use name::{DeploymentName, FlowName, NameError, Tag, TaskName, WorkPoolName, WorkQueueName};
pub use path::{FlowPath, FlowPathError};
pub use rrule::{RecurrenceRule, RecurrenceRuleError};
pub use schedule::{Schedule, ScheduleError};
pub use secret::{SecretReference, SecretReferenceError, SecretSource};
pub use slug::{Slug, SlugError};
pub use storage::{StorageLocation, StorageUrl, StorageUrlError};
pub use time_limit::{TimeLimit, TimeLimitError};
pub use variable::{
    DECLARED_DEPLOYMENT, EnvironmentVariableName, JobVariableName, VariableNameError,
};
pub use zone::{TimeZone, TimeZoneError};
