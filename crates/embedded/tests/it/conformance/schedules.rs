use chrono::DateTime;
use longshore_prefect::{ScheduleUpdate, ScheduleWrite, WireSchedule};
use serde_json::json;
use uuid::Uuid;

use super::deployments::daily;
use crate::api::Api;

fn plain(schedule: WireSchedule) -> ScheduleWrite {
    ScheduleWrite {
        schedule,
        active: None,
        slug: None,
        parameters: None,
    }
}

pub(super) async fn stored_schedules_fire_like_those_written(api: &Api) {
    let zone = || Some("Europe/Oslo".to_owned());
    let anchor = DateTime::parse_from_rfc3339("2020-01-01T01:00:00+01:00")
        .expect("a time")
        .to_utc();
    let written = [
        WireSchedule::Cron {
            cron: "0 6 * * MON-FRI".to_owned(),
            timezone: None,
            day_or: true,
        },
        WireSchedule::Cron {
            cron: "0 6 1 * MON".to_owned(),
            timezone: zone(),
            day_or: false,
        },
        WireSchedule::Interval {
            interval: 900.0,
            anchor_date: Some(anchor),
            timezone: None,
        },
        WireSchedule::Interval {
            interval: 0.5,
            anchor_date: Some(anchor),
            timezone: zone(),
        },
        WireSchedule::Rrule {
            rrule: "FREQ=DAILY".to_owned(),
            timezone: None,
        },
        WireSchedule::Rrule {
            rrule: "DTSTART:20260101T060000\nRRULE:FREQ=WEEKLY".to_owned(),
            timezone: zone(),
        },
    ];
    let mut write = api.write().await;
    write.schedules = written.iter().cloned().map(plain).collect();
    let stored = api.deploy(&write).await.schedules;
    assert_eq!(stored.len(), written.len());
    for schedule in &written {
        let like = stored
            .iter()
            .filter(|stored| stored.schedule.fires_like(schedule))
            .count();
        assert_eq!(like, 1, "{schedule:?} in {stored:?}");
    }
    assert!(
        stored
            .iter()
            .all(|schedule| schedule.active && schedule.parameters.is_empty())
    );
}

pub(super) async fn schedules_are_added_changed_and_deleted_alone(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    let deployment = api.deploy(&write).await;
    let (id, first) = (deployment.id, deployment.schedules[0].id);
    let hourly = WireSchedule::Cron {
        cron: "0 * * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    let added = api
        .client
        .create_schedules(id, &[plain(hourly.clone())])
        .await
        .expect("a schedule");
    let [added] = added.as_slice() else {
        panic!("one schedule")
    };
    assert!(added.schedule.fires_like(&hourly));
    let update = ScheduleUpdate {
        active: Some(false),
        ..ScheduleUpdate::default()
    };
    api.client
        .update_schedule(id, added.id, &update)
        .await
        .expect("an update");
    let schedules = api.client.schedules(id).await.expect("schedules");
    assert_eq!(schedules.len(), 2);
    for schedule in &schedules {
        assert_eq!(schedule.active, schedule.id == first, "{schedule:?}");
    }
    assert!(
        api.client
            .delete_schedule(id, added.id)
            .await
            .expect("a deletion")
    );
    assert!(
        !api.client
            .delete_schedule(id, added.id)
            .await
            .expect("nothing to delete")
    );
    let left = api.client.schedules(id).await.expect("schedules");
    assert_eq!(
        left.iter().map(|schedule| schedule.id).collect::<Vec<_>>(),
        [first]
    );
    let missing = api
        .client
        .update_schedule(id, added.id, &update)
        .await
        .expect_err("no such schedule");
    assert_eq!(
        (missing.status(), missing.detail()),
        (Some(404), Some("Schedule not found."))
    );
    let missing = api
        .client
        .schedules(Uuid::new_v4())
        .await
        .expect_err("no such deployment");
    assert_eq!(
        (missing.status(), missing.detail()),
        (Some(404), Some("Deployment not found."))
    );
}

pub(super) async fn a_schedule_keeps_its_id_when_its_rule_changes(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    let deployment = api.deploy(&write).await;
    let id = deployment.schedules[0].id;
    let weekly = WireSchedule::Rrule {
        rrule: "DTSTART:20260101T060000\nRRULE:FREQ=WEEKLY".to_owned(),
        timezone: Some("Europe/Oslo".to_owned()),
    };
    let update = ScheduleUpdate {
        schedule: Some(weekly.clone()),
        ..ScheduleUpdate::default()
    };
    api.client
        .update_schedule(deployment.id, id, &update)
        .await
        .expect("an update");
    let after = api
        .client
        .schedules(deployment.id)
        .await
        .expect("schedules");
    let [after] = after.as_slice() else {
        panic!("one schedule")
    };
    assert_eq!((after.id, after.active), (id, true));
    assert!(after.schedule.fires_like(&weekly), "{after:?}");
}

/// Why an update of a schedule always sends its parameters.
pub(super) async fn an_update_without_parameters_clears_them(api: &Api) {
    let mut write = api.write().await;
    let parameters = json!({ "a": 1 }).as_object().cloned();
    write.schedules = vec![ScheduleWrite {
        slug: Some("main".to_owned()),
        parameters: parameters.clone(),
        ..daily()
    }];
    let deployment = api.deploy(&write).await;
    let (id, schedule) = (deployment.id, deployment.schedules[0].id);
    assert_eq!(
        Some(&deployment.schedules[0].parameters),
        parameters.as_ref()
    );
    let keep = ScheduleUpdate {
        active: Some(false),
        parameters,
        ..ScheduleUpdate::default()
    };
    api.client
        .update_schedule(id, schedule, &keep)
        .await
        .expect("an update");
    assert_eq!(
        api.client.schedules(id).await.expect("schedules")[0].parameters["a"],
        1
    );
    // The client sends what it is not told to change.
    let resume = ScheduleUpdate {
        active: Some(true),
        ..ScheduleUpdate::default()
    };
    api.client
        .update_schedule(id, schedule, &resume)
        .await
        .expect("an update");
    assert_eq!(
        api.client.schedules(id).await.expect("schedules")[0].parameters["a"],
        1
    );
    let path = format!("/deployments/{id}/schedules/{schedule}");
    assert_eq!(api.patch(&path, &json!({ "active": true })).await.0, 204);
    assert!(
        api.client.schedules(id).await.expect("schedules")[0]
            .parameters
            .is_empty()
    );
}
