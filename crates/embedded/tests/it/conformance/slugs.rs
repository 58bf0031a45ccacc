use longshore_prefect::{Deployment, ScheduleWrite};
use serde_json::{Value, json};
use uuid::Uuid;

use super::deployments::daily;
use crate::api::Api;

/// A deployment with a schedule per slug.
async fn with_slugs(api: &Api, slugs: &[&str]) -> Deployment {
    let mut write = api.write().await;
    write.schedules = slugs
        .iter()
        .map(|slug| ScheduleWrite {
            slug: Some((*slug).to_owned()),
            ..daily()
        })
        .collect();
    api.deploy(&write).await
}

fn id_of(deployment: &Deployment, slug: &str) -> Uuid {
    let schedule = deployment
        .schedules
        .iter()
        .find(|schedule| schedule.slug.as_deref() == Some(slug));
    schedule.expect(slug).id
}

async fn update(api: &Api, deployment: &Deployment, schedules: Value) -> (u16, Value) {
    api.patch(
        &format!("/deployments/{}", deployment.id),
        &json!({ "schedules": schedules }),
    )
    .await
}

async fn again(api: &Api, deployment: &Deployment) -> Deployment {
    api.deployment(deployment.id).await
}

pub(super) async fn schedules_with_slugs_are_edited_in_place(api: &Api) {
    let before = with_slugs(api, &["main", "other"]).await;
    let sent = json!([
        { "slug": "main", "active": false },
        { "slug": "new", "schedule": { "cron": "0 7 * * *" } },
    ]);
    assert_eq!(update(api, &before, sent).await.0, 204);
    let after = again(api, &before).await;
    assert_eq!(after.schedules.len(), 3);
    for slug in ["main", "other"] {
        assert_eq!(id_of(&after, slug), id_of(&before, slug));
    }
    let inactive: Vec<_> = after
        .schedules
        .iter()
        .filter(|schedule| !schedule.active)
        .collect();
    assert_eq!(
        inactive
            .iter()
            .map(|schedule| schedule.slug.as_deref())
            .collect::<Vec<_>>(),
        [Some("main")]
    );
    assert_eq!(update(api, &before, json!([])).await.0, 204);
    assert_eq!(again(api, &before).await.schedules.len(), 3);
}

pub(super) async fn a_schedule_is_renamed_by_what_it_replaces(api: &Api) {
    let before = with_slugs(api, &["main", "other"]).await;
    assert_eq!(
        update(
            api,
            &before,
            json!([{ "slug": "second", "replaces": "other" }])
        )
        .await
        .0,
        204
    );
    let after = again(api, &before).await;
    assert_eq!(id_of(&after, "second"), id_of(&before, "other"));
    let (status, answer) = update(
        api,
        &before,
        json!([{ "slug": "main", "replaces": "second" }]),
    )
    .await;
    assert_eq!(status, 422);
    let expected = "Cannot rename schedule from 'second' to 'main': a schedule with slug 'main' already exists.";
    assert_eq!(answer["detail"], expected);
}

pub(super) async fn schedules_without_slugs_are_replaced(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    let before = api.deploy(&write).await;
    assert_eq!(
        update(
            api,
            &before,
            json!([{ "schedule": { "cron": "0 7 * * *" } }])
        )
        .await
        .0,
        204
    );
    let after = again(api, &before).await;
    assert_eq!(after.schedules.len(), 1);
    assert_ne!(after.schedules[0].id, before.schedules[0].id);
    assert_eq!(update(api, &before, json!([])).await.0, 204);
    assert!(again(api, &before).await.schedules.is_empty());
}

pub(super) async fn slugs_are_required_and_unique(api: &Api) {
    let deployment = with_slugs(api, &["main"]).await;
    let (status, _) = update(
        api,
        &deployment,
        json!([{ "schedule": { "cron": "0 7 * * *" } }]),
    )
    .await;
    assert_eq!(status, 422);
    let (status, answer) = update(api, &deployment, json!([{ "slug": "new" }])).await;
    assert_eq!(status, 422);
    let expected = "Unable to create new deployment schedules without a schedule configuration.";
    assert_eq!(answer["detail"], expected);
    let twice = [ScheduleWrite {
        slug: Some("main".to_owned()),
        ..daily()
    }];
    let error = api
        .client
        .create_schedules(deployment.id, &twice)
        .await
        .expect_err("the slug is taken");
    assert_eq!(error.status(), Some(409));
    let mut write = api.write().await;
    write.schedules = vec![twice[0].clone(), twice[0].clone()];
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("two schedules with a slug");
    assert_eq!(error.status(), Some(409));
    assert_eq!(again(api, &deployment).await.schedules.len(), 1);
}
