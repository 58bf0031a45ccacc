//! The rules as a user meets them.

mod cron_data;
mod prefect_data;
mod rrule_data;
