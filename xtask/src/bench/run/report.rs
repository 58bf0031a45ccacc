//! The tables of the benchmark, in the form of docs/benchmarks.md.

use super::logs::Logs;
use super::start::Start;
use super::{Life, Options, Tasks};
use crate::bench::measure::{compare, each, median};
use crate::bench::side::Side;

/// What all rounds have measured.
#[derive(Debug)]
pub(super) struct Report {
    options: Options,
    lives: [Vec<Life>; 2],
    tasks: [Vec<Tasks>; 2],
    pub(super) starts: Vec<Start>,
    pub(super) logs: Vec<Logs>,
}

impl Report {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            lives: Default::default(),
            tasks: Default::default(),
            starts: Vec::new(),
            logs: Vec::new(),
        }
    }

    pub(super) fn lives(&mut self, side: Side) -> &mut Vec<Life> {
        &mut self.lives[side as usize]
    }

    pub(super) fn tasks(&mut self, side: Side) -> &mut Vec<Tasks> {
        &mut self.tasks[side as usize]
    }

    /// Ratios of the rounds, then what they are ratios of.
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(super) fn print(&self) {
        let Options {
            repetitions,
            tasks,
            lines,
        } = self.options;
        println!("\nrounds: {repetitions}, tasks: {tasks}, lines: {lines}\n");
        println!("| ours / Python | median | quickest of each | all rounds | target |");
        println!("|---|---|---|---|---|");
        let lives = |value: fn(&Life) -> f64| self.lives.each_ref().map(|all| each(all, value));
        let [ours, python] = lives(|life| life.to_running);
        println!(
            "{}",
            compare("claimed to Running", &ours, &python, Some(0.1))
        );
        let [ours, python] = lives(|life| life.to_completed);
        println!(
            "{}",
            compare("claimed to Completed", &ours, &python, Some(0.1))
        );
        let [ours, python] = lives(|life| life.kib);
        println!(
            "{}",
            compare("peak memory of the flow's process", &ours, &python, None)
        );
        let tasks = |value: fn(&Tasks) -> f64| self.tasks.each_ref().map(|all| each(all, value));
        let [ours, python] = tasks(|tasks| tasks.wall);
        println!(
            "{}",
            compare("tasks: Running to Completed", &ours, &python, None)
        );
        let [ours, python] = tasks(|tasks| tasks.server);
        println!(
            "{}",
            compare("tasks: processor time of the server", &ours, &python, None)
        );
        let (sent, kept) = (
            each(&self.logs, |logs| logs.sent),
            each(&self.logs, |logs| logs.kept),
        );
        println!(
            "\n| the flow itself, lines on the server / on the terminal alone | median | quickest of each | all rounds | target |"
        );
        println!("|---|---|---|---|---|");
        println!(
            "{}",
            compare("with work between the lines", &sent, &kept, Some(1.05))
        );
        println!("\n| | ours | Python |\n|---|---|---|");
        for line in self.figures() {
            println!("{line}");
        }
    }

    fn figures(&self) -> Vec<String> {
        let both = |name: &str, figures: [String; 2]| {
            let [ours, python] = figures;
            format!("| {name} | {ours} | {python} |")
        };
        let lives = |value: fn(&Life) -> f64| {
            self.lives
                .each_ref()
                .map(|all| format!("{:.2}", median(each(all, value))))
        };
        let tasks = |value: fn(&Tasks) -> f64| {
            self.tasks
                .each_ref()
                .map(|all| format!("{:.2}", median(each(all, value))))
        };
        let starts = |value: fn(&Start) -> f64| format!("{:.1}", median(each(&self.starts, value)));
        let bare = median(each(&self.logs, |logs| logs.bare));
        vec![
            both("claimed to Running, s", lives(|life| life.to_running)),
            both("claimed to Completed, s", lives(|life| life.to_completed)),
            both(
                "peak memory of the flow's process, MB",
                lives(|life| life.kib * 1.024e-3),
            ),
            both("tasks: Running to Completed, s", tasks(|tasks| tasks.wall)),
            both(
                "tasks: processor time of the server, s",
                tasks(|tasks| tasks.server),
            ),
            format!(
                "| start of the program to the flow's first line, ms | {} | |",
                starts(|start| start.whole)
            ),
            format!(
                "| of that without the server's answers, ms | {} | |",
                starts(|start| start.whole - start.asking)
            ),
            format!(
                "| requests up to there | {} | |",
                starts(|start| start.requests as f64)
            ),
            format!(
                "| lines per second without work between them | {:.0} | |",
                self.options.lines as f64 / bare
            ),
        ]
    }
}
