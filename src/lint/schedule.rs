//! Runs the planned processes, as many at once as there are cores, the longest first.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::kit::outcome::{Failure, Result};
use crate::lint::findings::{Reading, Tool};
use crate::lint::plan::Job;
use crate::lint::world::World;
use crate::lint::{eslint, shellcheck, yamllint};

/// One way of running one linter.
#[derive(Debug, Clone)]
pub enum Setting {
    /// eslint.
    Eslint(eslint::Setting),
    /// shellcheck: the program.
    Shellcheck(PathBuf),
    /// yamllint.
    Yamllint(yamllint::Setting),
}

impl Setting {
    /// The program, if it runs code of the checked repository.
    #[must_use]
    pub fn foreign_program(&self) -> Option<&Path> {
        match self {
            Self::Eslint(setting) if setting.is_foreign() => Some(&setting.program.path),
            Self::Eslint(_) | Self::Shellcheck(_) | Self::Yamllint(_) => None,
        }
    }
}

/// How one process went.
#[derive(Debug)]
pub struct Ran {
    /// What it was to do.
    pub job: Job,
    /// What it told.
    pub result: Result<Reading>,
}

/// Runs all jobs, in their order, so many at once. One that fails does not keep the others from telling what they find.
///
/// # Errors
/// Environment, when a job is lost, which only a fault of ours can cause.
pub async fn run(jobs: Vec<Job>, settings: Vec<Setting>, world: World, at_once: usize) -> Result<Vec<Ran>> {
    let (settings, world) = (Arc::new(settings), Arc::new(world));
    let gate = Arc::new(Semaphore::new(at_once));
    let mut set = JoinSet::new();
    for job in jobs {
        let (settings, world, gate) = (Arc::clone(&settings), Arc::clone(&world), Arc::clone(&gate));
        // Permits are given in the order they are asked for, and tasks start in the order they are spawned.
        set.spawn(async move {
            let _permit = gate.acquire().await;
            let result = check(&job, &settings, &world).await;
            Ran { job, result }
        });
    }
    let mut ran = Vec::new();
    while let Some(one) = set.join_next().await {
        ran.push(one.map_err(|error| Failure::environment("a linter's task was lost").because(error))?);
    }
    Ok(ran)
}

async fn check(job: &Job, settings: &[Setting], world: &World) -> Result<Reading> {
    match settings.get(job.setting) {
        Some(Setting::Eslint(setting)) => eslint::check(setting, &job.files, world).await,
        Some(Setting::Shellcheck(program)) => shellcheck::check(program, &job.files, world).await,
        Some(Setting::Yamllint(setting)) => yamllint::check(setting, &job.files, world).await,
        None => Err(Failure::environment(format!(
            "{} has no setting {}",
            Tool::name(job.tool),
            job.setting
        ))),
    }
}
