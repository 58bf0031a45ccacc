//! The rules as a user meets them.

mod advice;
mod constants;
mod cron_data;
mod cron_rules;
mod image_rules;
mod moment_rules;
mod name_rules;
mod place_rules;
mod prefect_data;
#[cfg(feature = "rig")]
mod rig;
mod rrule_data;
mod rrule_rules;
mod schedules;
mod suggestions;
mod table;
mod terminal;
mod zone_rules;
