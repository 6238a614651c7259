//! From files to processes: which files share one, so that all cores are busy and the last one ends early. Pure.

use std::os::unix::ffi::OsStrExt as _;

use crate::lint::discover::File;
use crate::lint::findings::Tool;

/// What a linter costs, in milliseconds of one core: measured once, and only their ratio matters.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// To start, and for eslint to warm up.
    start: u64,
    per_file: f64,
    per_kilobyte: f64,
}

impl Cost {
    fn of(tool: Tool) -> Self {
        match tool {
            Tool::Eslint => Self {
                start: 500,
                per_file: 0.5,
                per_kilobyte: 2.5,
            },
            Tool::Yamllint => Self {
                start: 120,
                per_file: 0.5,
                per_kilobyte: 6.0,
            },
            Tool::Shellcheck => Self {
                start: 10,
                per_file: 2.0,
                per_kilobyte: 20.0,
            },
        }
    }

    fn files(self, files: &[File]) -> u64 {
        files.iter().map(|file| self.file(file)).sum()
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    fn file(self, file: &File) -> u64 {
        (self.per_file + self.per_kilobyte * file.size as f64 / 1024.0).ceil() as u64
    }
}

/// Files that one tool checks in one way.
#[derive(Debug, Clone)]
pub struct Task {
    /// The linter.
    pub tool: Tool,
    /// Which of the tool's settings: an index that the caller knows.
    pub setting: usize,
    /// The files.
    pub files: Vec<File>,
}

/// One process.
#[derive(Debug, Clone)]
pub struct Job {
    /// The linter.
    pub tool: Tool,
    /// Which of the tool's settings.
    pub setting: usize,
    /// The files.
    pub files: Vec<File>,
    cost: u64,
}

/// No process is given more bytes of names than this: the kernel's limit is about two megabytes with the environment.
const NAMES: usize = 512 * 1024;

/// Plans the processes, the longest first.
#[must_use]
pub fn plan(tasks: Vec<Task>, cores: usize) -> Vec<Job> {
    let total: u64 = tasks
        .iter()
        .map(|task| Cost::of(task.tool).start + Cost::of(task.tool).files(&task.files))
        .sum();
    let mut jobs = Vec::new();
    for task in tasks {
        let cost = Cost::of(task.tool);
        let pieces = pieces(cost, cost.files(&task.files), total, cores).min(task.files.len().max(1));
        jobs.extend(split(task, cost, pieces));
    }
    jobs.sort_by_key(|job| {
        (
            std::cmp::Reverse(job.cost),
            job.tool,
            job.setting,
            job.files.first().map(|f| f.path.clone()),
        )
    });
    jobs
}

/// Into how many processes a task is cut. Each has to start, so a linter that starts slowly is only cut when it would keep the
/// other cores waiting; one that starts fast is cut fine, so that the last piece to end is a short one.
fn pieces(cost: Cost, work: u64, total: u64, cores: usize) -> usize {
    let cores = cores as u64;
    let share = total / cores;
    let fine = (share / 6).max(cost.start * 16).max(150);
    let pieces = if cores == 1 {
        1
    } else if fine <= share / 2 {
        work.div_ceil(fine).max(1)
    } else {
        // When the last one ends: the longest piece, or all cores' equal share of everything.
        let end = |pieces: u64| (cost.start + work / pieces).max((total + (pieces - 1) * cost.start) / cores);
        let best = (1..=cores).map(end).min().unwrap_or(0);
        // A little time is not worth the work of one more process.
        let good = best + (best / 10).max(150);
        (1..=cores).find(|&pieces| end(pieces) <= good).unwrap_or(1)
    };
    usize::try_from(pieces).unwrap_or(1)
}

fn split(task: Task, cost: Cost, pieces: usize) -> Vec<Job> {
    let target = cost.files(&task.files) / pieces as u64 + 1;
    let mut jobs = Vec::new();
    let mut files = Vec::new();
    let (mut work, mut names) = (0, 0);
    for file in task.files {
        let length = file.path.as_os_str().as_bytes().len() + 16;
        if !files.is_empty() && (work >= target || names + length > NAMES) {
            jobs.push((std::mem::take(&mut files), work));
            (work, names) = (0, 0);
        }
        work += cost.file(&file);
        names += length;
        files.push(file);
    }
    jobs.push((files, work));
    jobs.into_iter()
        .filter(|(files, _)| !files.is_empty())
        .map(|(files, work)| Job {
            tool: task.tool,
            setting: task.setting,
            files,
            cost: cost.start + work,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn files(count: usize, size: u64) -> Vec<File> {
        (0..count)
            .map(|number| File {
                path: format!("f{number:05}").into(),
                size,
            })
            .collect()
    }

    #[test]
    fn few_files_are_one_process_a_tool() {
        let tasks = Tool::ALL.map(|tool| Task {
            tool,
            setting: 0,
            files: files(3, 2000),
        });
        assert_eq!(plan(tasks.into(), 8).len(), 3);
    }

    #[test]
    fn many_yaml_files_are_shared_out() {
        let jobs = plan(
            vec![Task {
                tool: Tool::Yamllint,
                setting: 0,
                files: files(200, 3000),
            }],
            2,
        );
        assert_eq!(jobs.len(), 2);
    }

    #[test]
    fn eslint_is_only_cut_when_it_would_be_the_last() {
        let task = |tool, count, size| Task {
            tool,
            setting: 0,
            files: files(count, size),
        };
        let pieces = |tasks: Vec<Task>| {
            plan(tasks, 2)
                .iter()
                .filter(|job| job.tool == Tool::Eslint)
                .count()
        };
        let others = [task(Tool::Yamllint, 200, 1000), task(Tool::Shellcheck, 100, 1000)];
        assert_eq!(
            pieces([vec![task(Tool::Eslint, 600, 1700)], others.to_vec()].concat()),
            1
        );
        assert_eq!(
            pieces([vec![task(Tool::Eslint, 2000, 1700)], others.to_vec()].concat()),
            2
        );
        assert_eq!(pieces(vec![task(Tool::Eslint, 600, 1700)]), 2);
        assert_eq!(pieces(vec![task(Tool::Eslint, 50, 1700)]), 1);
    }

    proptest! {
        #[test]
        fn every_file_is_in_exactly_one_process(counts in prop::collection::vec((0_usize..300, 0_u64..100_000), 0..6), cores in 1_usize..9) {
            let tasks: Vec<Task> = counts
                .iter()
                .enumerate()
                .map(|(setting, &(count, size))| Task { tool: Tool::ALL[setting % 3], setting, files: files(count, size) })
                .collect();
            let jobs = plan(tasks.clone(), cores);
            for task in tasks {
                let mut paths: Vec<_> = jobs.iter().filter(|job| job.setting == task.setting).flat_map(|job| job.files.clone()).collect();
                paths.sort_by(|a, b| a.path.cmp(&b.path));
                prop_assert_eq!(paths, task.files);
            }
        }
    }
}
