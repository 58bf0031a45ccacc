//! The rules as a user meets them.

mod cron_data;
mod prefect_data;
#[cfg(feature = "rig")]
mod rig;
mod rrule_data;
