//! What the client relies on, checked against every server that it is used with.

mod deployments;
mod engine;
mod finding;
mod flow_runs;
mod flows;
mod kept;
pub(crate) mod refusals;
mod schedules;
mod server;
mod slots;
mod slugs;
mod work_pools;

#[cfg(feature = "rig")]
use crate::api::Api;

/// Runs a check as a task of its own, so that one that fails does not end the others.
#[cfg(feature = "rig")]
async fn run<F: Future<Output = ()> + Send + 'static>(
    api: &Api,
    name: &'static str,
    failures: &mut Vec<&'static str>,
    check: impl FnOnce(Api) -> F,
) {
    if tokio::spawn(check(api.clone())).await.is_err() {
        failures.push(name);
    }
}

/// Makes a test of each check against the embedded server, and lists of them for the rig.
macro_rules! checks {
    (both [$($both:ident :: $both_check:ident,)*] only_3 [$($three:ident :: $three_check:ident,)*]) => {
        mod on_embedded {
            $(#[tokio::test]
            async fn $both_check() {
                super::$both::$both_check(&crate::api::embedded().await.api).await;
            })*
            $(#[tokio::test]
            async fn $three_check() {
                super::$three::$three_check(&crate::api::embedded().await.api).await;
            })*
        }

        /// Runs the checks that 2.x must pass as well, and returns the names of those that failed.
        #[cfg(feature = "rig")]
        pub(crate) async fn failures_of_both(api: &Api) -> Vec<&'static str> {
            let mut failures = Vec::new();
            $(run(api, stringify!($both_check), &mut failures, |api| async move { $both::$both_check(&api).await }).await;)*
            failures
        }

        /// Runs the checks of what only 3.x does, or does in this way, and returns the names of those that failed.
        #[cfg(feature = "rig")]
        pub(crate) async fn failures_of_3(api: &Api) -> Vec<&'static str> {
            let mut failures = Vec::new();
            $(run(api, stringify!($three_check), &mut failures, |api| async move { $three::$three_check(&api).await }).await;)*
            failures
        }
    };
}

checks! {
    both [
    server::health_and_version_are_told,
    server::collections_need_their_slash,
    flows::a_flow_is_made_once,
    flows::flows_are_found_by_name,
    flows::flows_beyond_a_page_of_names_are_found,
    deployments::a_write_creates_and_then_replaces,
    deployments::fields_come_back_as_written,
    deployments::names_of_all_kinds_are_found,
    deployments::filters_join_their_conditions,
    deployments::pages_are_complete,
    deployments::an_update_changes_what_it_names,
    deployments::a_deleted_deployment_is_gone,
    deployments::pausing_is_kept_by_an_update,
    schedules::stored_schedules_fire_like_those_written,
    schedules::schedules_are_added_changed_and_deleted_alone,
    schedules::a_schedule_keeps_its_id_when_its_rule_changes,
    work_pools::a_pool_has_a_default_queue,
    work_pools::queues_are_made_on_demand,
    work_pools::a_deleted_pool_leaves_its_deployments,
    work_pools::a_pool_that_is_named_twice_is_refused,
    work_pools::templates_are_checked,
    flow_runs::a_run_is_made_once_per_key,
    flow_runs::a_run_is_claimed_once,
    flow_runs::a_future_run_waits,
    flow_runs::a_failed_run_is_retried,
    flow_runs::deleting_a_deployment_keeps_finished_runs,
    flow_runs::a_run_is_deleted_once,
    flow_runs::logs_come_back_in_order,
    flow_runs::logs_are_those_of_one_run,
    flow_runs::logs_of_one_timestamp_come_back_once,
    finding::runs_are_found_by_what_is_known_of_them,
    finding::runs_that_wait_are_found_by_their_next_time,
    finding::deployments_are_found_by_their_ids,
    engine::a_run_is_prepared_and_its_states_are_kept,
    engine::a_run_that_loses_its_process_is_given_to_another,
    engine::a_log_record_is_found_by_its_time,
    engine::a_child_run_gives_its_states_to_the_parents_task_run,
    engine::a_pause_ends_once_and_is_resumed,
    kept::artifacts_belong_to_runs_and_change,
    kept::variables_are_found_by_name,
    kept::secret_blocks_give_their_values_to_those_who_ask,
    refusals::refusals_have_three_shapes,
    refusals::names_with_refused_characters,
    refusals::what_does_not_exist,
    refusals::unknown_fields_and_filters,
    refusals::pages_that_are_too_large,
    refusals::a_schedule_is_told_by_the_kind_that_was_sent,
    refusals::job_variables_that_break_the_template,
    refusals::parameters_that_break_the_schema,
    ]
    only_3 [
    engine::task_runs_are_recorded_from_events,
    server::paths_that_are_none,
    deployments::what_is_left_out_of_a_write_is_kept,
    deployments::concurrency_and_labels_come_back,
    deployments::a_queue_alone_means_the_agents_pool,
    schedules::an_update_without_parameters_clears_them,
    slots::a_run_without_a_slot_waits,
    slots::a_run_without_a_slot_is_cancelled,
    slugs::schedules_with_slugs_are_edited_in_place,
    slugs::a_schedule_is_renamed_by_what_it_replaces,
    slugs::schedules_without_slugs_are_replaced,
    slugs::slugs_are_required_and_unique,
    refusals::values_that_only_3_checks,
    refusals::states_with_a_time_of_their_own,
    ]
}
