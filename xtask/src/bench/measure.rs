//! Time and memory of a program.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use longshore_rig::{ProcessorTime, RigError};

/// How often the memory of a running program is read.
const LOOK: Duration = Duration::from_millis(5);

/// What a program took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) time: Duration,
    /// Time on processors, without its children; to a hundredth of a second, 0 where the system has no `/proc`.
    pub(super) processor: Duration,
    /// KiB that were resident at most, without its children; 0 where the system has no `/proc`.
    pub(super) memory: u64,
}

/// Runs a program to its end, its output into a file.
///
/// # Errors
/// It does not start, or it fails.
pub(super) fn run(command: &mut Command, log: &Path) -> Result<Cost, RigError> {
    let file = |source| RigError::File {
        path: log.to_owned(),
        source,
    };
    let output = File::create(log).map_err(file)?;
    let errors = output.try_clone().map_err(file)?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    let start = Instant::now();
    let mut child = command.spawn().map_err(|source| RigError::Missing {
        program: command.get_program().to_string_lossy().into_owned(),
        install: "it is built by this command",
        source,
    })?;
    let process = Path::new("/proc").join(child.id().to_string());
    let status = process.join("status");
    let mut memory = 0;
    let mut processor = Duration::ZERO;
    let ended = loop {
        match child.try_wait().map_err(file)? {
            Some(ended) => break ended,
            None => {
                memory = memory.max(peak(&status).unwrap_or(0));
                processor = processor.max(ProcessorTime::of(child.id()).own);
            }
        }
        thread::sleep(LOOK);
    };
    let time = start.elapsed();
    if !ended.success() {
        return Err(RigError::Failed {
            command: format!("{command:?} (output in {})", log.display()),
            status: ended,
        });
    }
    Ok(Cost {
        time,
        processor,
        memory,
    })
}

/// The high-water mark of a running process, in KiB.
pub(super) fn peak(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// One figure of each measurement.
pub(super) fn each<T>(all: &[T], value: fn(&T) -> f64) -> Vec<f64> {
    all.iter().map(value).collect()
}

/// The middle one; of an even number the lower of the two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(f64::NAN)
}

/// A line of a table: the ratios of the rounds' times, and what is hoped for.
pub(super) fn compare(name: &str, ours: &[f64], other: &[f64], target: Option<f64>) -> String {
    let ratios: Vec<f64> = ours.iter().zip(other).map(|(a, b)| a / b).collect();
    // Other work on the machine only makes a program slower.
    let least = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
    let quickest = least(ours) / least(other);
    let all: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let target = target.map_or(String::new(), |target| format!("<= {target}"));
    format!(
        "| {name} | {:.2} | {quickest:.2} | {} | {target} |",
        median(ratios),
        all.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![2.0, 1.0]), 1.0);
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let line = compare("a / b", &[1.0, 6.0, 2.0], &[2.0, 2.0, 1.0], Some(1.5));
        assert_eq!(line, "| a / b | 2.00 | 1.00 | 0.50, 3.00, 2.00 | <= 1.5 |");
    }

    #[test]
    fn a_program_is_measured() {
        let folder = std::env::temp_dir();
        let log = folder.join(format!("longshore-measure-{}", std::process::id()));
        let cost = run(Command::new("sh").args(["-c", "sleep 0.1"]), &log).unwrap();
        assert!(cost.time >= Duration::from_millis(100));
        assert!(!Path::new("/proc/self/status").exists() || cost.memory > 0);
        let failed = run(Command::new("sh").args(["-c", "exit 3"]), &log);
        assert!(failed.is_err());
        fs::remove_file(log).unwrap();
    }
}
