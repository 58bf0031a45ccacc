//! Which of the stored schedules each declared one is.

use std::mem::discriminant;

use longshore_prefect::{Capabilities, Schedule, ScheduleWrite};

/// The declared schedules with the stored ones that they are.
#[derive(Debug)]
pub(crate) struct Matching<'a> {
    /// In the order of the declaration; `None` for one that is new.
    pub(crate) declared: Vec<(&'a ScheduleWrite, Option<&'a Schedule>)>,
    /// Stored ones of ours that are no longer declared.
    pub(crate) undeclared: Vec<&'a Schedule>,
    /// How many stored ones were made by hand; they fire beside ours.
    pub(crate) by_hand: usize,
}

/// Several schedules have changed at once, and it cannot be told which of the new ones keeps an operator's pause.
#[derive(Debug, PartialEq)]
pub(crate) struct UnknownPause {
    /// Slugs of the declared schedules that any of the stored ones may have been.
    pub(crate) slugs: Vec<String>,
}

impl<'a> Matching<'a> {
    /// Finds the declared schedules among the stored ones.
    ///
    /// # Errors
    /// The server has no slugs, and an operator's pause could belong to several of the declared schedules.
    pub(crate) fn new(
        stored: &'a [Schedule],
        declared: &'a [ScheduleWrite],
        capabilities: &Capabilities,
    ) -> Result<Self, UnknownPause> {
        if capabilities.schedule_slugs() {
            Ok(Self::by_slug(stored, declared))
        } else {
            Self::by_rule(stored, declared)
        }
    }

    /// The declared schedules, each on or off as the stored one where the declaration leaves that to an operator.
    pub(crate) fn with_pauses(&self) -> Vec<ScheduleWrite> {
        let declared = self.declared.iter();
        declared
            .map(|(declared, stored)| {
                let mut schedule = (*declared).clone();
                schedule.active = schedule.active.or(stored.map(|stored| stored.active));
                schedule
            })
            .collect()
    }

    /// Ours always have a slug. One without was made by hand, so it is not ours to judge.
    fn by_slug(stored: &'a [Schedule], declared: &'a [ScheduleWrite]) -> Self {
        let declares =
            |slug: &Option<String>| declared.iter().any(|declared| declared.slug == *slug);
        let find = |slug: &Option<String>| stored.iter().find(|stored| stored.slug == *slug);
        Self {
            declared: declared
                .iter()
                .map(|declared| (declared, find(&declared.slug)))
                .collect(),
            undeclared: stored
                .iter()
                .filter(|stored| stored.slug.is_some() && !declares(&stored.slug))
                .collect(),
            by_hand: stored.iter().filter(|stored| stored.slug.is_none()).count(),
        }
    }

    /// Prefect 2 keeps no slug, nor anything else that could name a schedule: it is known by what it says alone.
    ///
    /// Those that fire alike are the same; of several that do, one that is on or off as declared, else the first. What
    /// then remains on both sides has changed: a single one of its kind (cron, interval, rrule) is found by
    /// elimination, the others in their order. The order only matters for pauses, since the rest of a schedule is
    /// rewritten, so a pause among them is an error. One that was made by hand cannot be told from ours.
    fn by_rule(
        stored: &'a [Schedule],
        declared: &'a [ScheduleWrite],
    ) -> Result<Self, UnknownPause> {
        let mut left: Vec<&Schedule> = stored.iter().collect();
        let mut matched: Vec<(&ScheduleWrite, Option<&Schedule>)> =
            declared.iter().map(|declared| (declared, None)).collect();
        // Those that are declared on or off choose first, so that none has to be switched.
        for chooses in [true, false] {
            let choosing = matched
                .iter_mut()
                .filter(|(declared, _)| declared.active.is_some() == chooses);
            for (declared, found) in choosing {
                let fires = |stored: &&Schedule| stored.schedule.fires_like(&declared.schedule);
                let as_declared =
                    |stored: &&Schedule| fires(stored) && declared.active == Some(stored.active);
                let position = left.iter().position(as_declared);
                let position = position.or_else(|| left.iter().position(fires));
                *found = position.map(|position| left.remove(position));
            }
        }
        for index in 0..matched.len() {
            let kind = |schedule: &ScheduleWrite| discriminant(&schedule.schedule);
            let (declared, found) = matched[index];
            let of_kind = |stored: &&Schedule| discriminant(&stored.schedule) == kind(declared);
            let open = matched
                .iter()
                .filter(|(other, found)| found.is_none() && kind(other) == kind(declared));
            let is_single = open.count() == 1 && left.iter().copied().filter(of_kind).count() == 1;
            if found.is_none() && is_single {
                let position = left.iter().position(of_kind);
                matched[index].1 = position.map(|position| left.remove(position));
            }
        }
        let open: Vec<&ScheduleWrite> = matched
            .iter()
            .filter(|(_, found)| found.is_none())
            .map(|(declared, _)| *declared)
            .collect();
        check_pauses(&left, &open)?;
        let mut left = left.into_iter();
        for (_, found) in matched.iter_mut().filter(|(_, found)| found.is_none()) {
            *found = left.next();
        }
        Ok(Self {
            declared: matched,
            undeclared: left.collect(),
            by_hand: 0,
        })
    }
}

/// Whether it makes no difference which of the stored schedules became which of the declared ones.
fn check_pauses(stored: &[&Schedule], declared: &[&ScheduleWrite]) -> Result<(), UnknownPause> {
    let undecided: Vec<String> = declared
        .iter()
        .filter(|declared| declared.active.is_none())
        .filter_map(|declared| declared.slug.clone())
        .collect();
    let paused = stored.iter().filter(|stored| !stored.active).count();
    let all_paused = paused == stored.len() && stored.len() >= declared.len();
    let is_certain = paused == 0 || all_paused || undecided.is_empty();
    if is_certain {
        return Ok(());
    }
    Err(UnknownPause { slugs: undecided })
}
