// says: never
// says: help:
use longshore::deployment;

#[deployment(name = "never", schedule = rrule("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2"))]
async fn report() {}

fn main() {}
