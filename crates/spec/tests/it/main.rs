//! The rules as a user meets them.

mod constants;
mod cron_data;
mod prefect_data;
#[cfg(feature = "rig")]
mod rig;
mod rrule_data;
mod schedule_rules;
mod schedules;
mod suggestions;
mod table;
mod text_rules;
mod zone_rules;
