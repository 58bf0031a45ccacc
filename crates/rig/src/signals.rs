//! Signals that this process ignores and that its children must not ignore.
//!
//! A shell starts its background jobs with SIGINT ignored, and every child inherits that. A Prefect worker ends itself,
//! and the rig ends PostgreSQL, by SIGINT. A signal that has a handler is reset to its default action in a child, so a
//! handler that does nothing gives children the default and leaves this process as it was.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Signals that end a process.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Gives the children of this process, from now on, the default action for each ending signal that it ignores.
pub(crate) fn reset_for_children() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Other systems than Linux do not show the mask; there, children inherit what a shell has set.
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = ignored(&status);
        for signal in ENDING.into_iter().filter(|signal| is_in(ignored, *signal)) {
            // A failure leaves the signal ignored, as it was.
            let _registered = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
        }
    });
}

/// The mask of ignored signals in `/proc/self/status`; empty if it is not there.
fn ignored(status: &str) -> u64 {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_default()
}

fn is_in(mask: u64, signal: i32) -> bool {
    mask & (1 << (signal - 1)) != 0
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::process::tests::interrupted;

    /// Set for the process that starts a child although it ignores SIGINT itself.
    const IGNORES: &str = "LONGSHORE_RIG_IGNORES_SIGINT";

    #[test]
    fn the_mask_of_proc_is_read() {
        let mask = ignored("Name:\ta\nSigIgn:\t0000000000001002\nSigCgt:\t0000000000000004\n");
        assert!(is_in(mask, SIGINT));
        assert!(!is_in(mask, SIGQUIT) && !is_in(mask, SIGTERM));
        assert_eq!(ignored("Name:\ta\n"), 0);
    }

    #[test]
    fn a_child_ends_by_an_interrupt_that_its_starter_ignores() {
        if env::var_os(IGNORES).is_some() {
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(interrupted(folder.path()).signal(), Some(SIGINT));
            return;
        }
        let name = "signals::tests::a_child_ends_by_an_interrupt_that_its_starter_ignores";
        let status = Command::new("sh")
            .args(["-c", "trap '' INT; exec \"$0\" --exact \"$1\""])
            .args([&env::current_exe().unwrap(), Path::new(name)])
            .env(IGNORES, "yes")
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
    }
}
