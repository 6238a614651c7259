//! Runs act once, on a staged copy of a repository.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::kit::context::{Context, Env, Event};
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd, End};
use crate::maintainer::act::callers::{self, Place, Staging};
use crate::maintainer::act::engine::{Engine, LABEL};
use crate::maintainer::act::remote::{Pushed, Remote};
use crate::maintainer::act::secrets;
use crate::maintainer::act::snapshot::{self, Snapshot};
use crate::maintainer::act::stage::{self, Stage};
use crate::maintainer::checkout::Checkout;
use crate::maintainer::workflows::{self, Rendered};

/// The image that `make image` builds from this clone.
pub const IMAGE: &str = "foundation-ci:latest";

/// Longer than any run of a person's own repository.
const LIMIT: Duration = Duration::from_secs(6 * 3600);

/// What all runs share: act, the engine, this clone's workflows.
#[derive(Debug)]
pub struct Runner {
    env: Env,
    checkout: Checkout,
    act: PathBuf,
    rendered: Vec<Rendered>,
    engine: Option<(Engine, String)>,
    host_path: Option<std::ffi::OsString>,
}

/// What is run.
#[derive(Debug, Default)]
pub struct Request {
    /// The repository, or a folder.
    pub source: PathBuf,
    /// Folders whose files are laid over it.
    pub overlays: Vec<PathBuf>,
    /// Only the callers of this workflow.
    pub workflow: Option<String>,
    /// Only this job.
    pub job: Option<String>,
    /// The event's payload.
    pub event: Option<PathBuf>,
    /// `NAME=value` lines.
    pub secrets: Option<PathBuf>,
    /// Where the bare repository that jobs push to is kept.
    pub remote: Option<PathBuf>,
    /// More arguments for act.
    pub arguments: Vec<String>,
}

/// How a run of act ended.
#[derive(Debug)]
pub struct Ran {
    /// How act itself ended.
    pub end: End,
    /// How many jobs succeeded.
    pub succeeded: usize,
    /// How many jobs failed.
    pub failed: usize,
    /// How long all of it took, staging included.
    pub time: Duration,
    /// What was staged.
    pub snapshot: Snapshot,
    /// The event.
    pub event: &'static str,
    /// What the jobs pushed.
    pub pushed: Vec<Pushed>,
}

impl Runner {
    /// Finds what a run needs, and removes what killed runs have left. `image` is none in host mode.
    ///
    /// # Errors
    /// Environment, naming what is missing and the command that brings it.
    pub async fn prepare(context: &Context, checkout: Checkout, image: Option<&str>) -> Result<Self> {
        let env = context.env.clone();
        let installed = checkout.path(".cache/tools/bin/act");
        let act = if installed.exists() {
            installed
        } else {
            process::require(&env, "act").map_err(|failure| failure.hint("run `tests/parts/install act`"))?
        };
        let mut host_path = None;
        let engine = match image {
            Some(image) => {
                let engine = Engine::answering(&env).await?;
                engine.require_image(image).await?;
                Some((engine, image.to_owned()))
            }
            None => {
                host_path = Some(path_of_host_mode(&env, &checkout)?);
                None
            }
        };
        stage::sweep(
            &env,
            engine.as_ref().map(|(engine, image)| (engine, image.as_str())),
        )
        .await?;
        Ok(Self {
            rendered: workflows::all(&checkout)?,
            env,
            checkout,
            act,
            engine,
            host_path,
        })
    }

    /// Where jobs run, for people.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.engine {
            Some((_, image)) => format!("in the image {image}"),
            None => "on this machine, without an image".to_owned(),
        }
    }

    /// Runs act on a copy of the repository; each line that it prints goes to `line`.
    ///
    /// # Errors
    /// See [`Failure`]. A job that failed is none.
    pub async fn run(&self, request: &Request, context: &Context, mut line: impl FnMut(&str)) -> Result<Ran> {
        let started = Instant::now();
        let source = request
            .source
            .canonicalize()
            .ok()
            .filter(|source| source.is_dir());
        let source =
            source.ok_or_else(|| Failure::config(format!("{} is no folder", request.source.display())))?;
        let mut stage = Stage::make(&self.env, self.engine.clone())?;
        let folder = stage.path("run");
        let snapshot = snapshot::take(&self.env, &source, &request.overlays, &folder).await?;
        if request.remote.is_some() && snapshot.dirty {
            return Err(Failure::config(format!(
                "{} holds changes that are not committed, so what is pushed would belong to no commit of it",
                source.display()
            ))
            .hint("commit them, or leave --remote out"));
        }
        let bare = stage.path("remote.git");
        let remote = Remote::make(&self.env, &folder, &bare, request.remote.as_deref()).await?;
        let label = format!("{LABEL}={}", stage.folder().display());
        let workflows = callers::stage(&Staging {
            folder: &folder,
            remote: &bare,
            rendered: &self.rendered,
            place: match &self.engine {
                Some((_, image)) => Place::Container {
                    image,
                    label: &label,
                    authorities: authorities(context),
                },
                None => Place::Host,
            },
            id: stage.id(),
            only: request.workflow.as_deref(),
            own: source == self.checkout.root(),
        })?;
        let event = event_name(request.event.as_deref())?;
        let cmd = self.command(request, context, &stage, &snapshot, &workflows, event)?;
        let (mut succeeded, mut failed) = (0, 0);
        let end = cmd
            .stream(|text| {
                // The line of a job's end; a job's own output has a bar before it.
                if text.ends_with("🏁  Job succeeded") && !text.contains("]   | ") {
                    succeeded += 1;
                } else if text.ends_with("🏁  Job failed") && !text.contains("]   | ") {
                    failed += 1;
                }
                line(text);
            })
            .await?;
        if matches!(end, End::Code(_)) {
            stage.ended();
        }
        let pushed = remote.pushed().await?;
        remote.keep().await?;
        Ok(Ran {
            end,
            succeeded,
            failed,
            time: started.elapsed(),
            snapshot,
            event,
            pushed,
        })
    }

    fn command(
        &self,
        request: &Request,
        context: &Context,
        stage: &Stage,
        snapshot: &Snapshot,
        workflows: &Path,
        event: &str,
    ) -> Result<Cmd> {
        // Of its own, since act reads settings from there, and from the folder it is started in.
        let (home, temporary) = (stage.path("home"), stage.path("tmp"));
        for folder in [&home, &temporary] {
            std::fs::create_dir(folder).map_err(|error| {
                Failure::environment(format!("cannot make {}", folder.display())).because(error)
            })?;
        }
        let secrets = stage.path(stage::SECRETS);
        secrets::copy(request.secrets.as_deref(), &secrets, &context.masks)?;
        let api = format!("FORGEJO_API_URL=https://{}/api/v1", snapshot.host);
        let mut cmd = Cmd::new(&self.act, &self.env)
            .limit(LIMIT)
            .directory(&home)
            .env("HOME", &home)
            .env("TMPDIR", &temporary)
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .arg(event)
            .arg("--directory")
            .arg(stage.path("run"))
            .arg("--workflows")
            .arg(workflows)
            .args(["--github-instance", &snapshot.host])
            .args(["--env", &api])
            .arg("--secret-file")
            .arg(&secrets)
            .args([
                "--env-file",
                "/dev/null",
                "--var-file",
                "/dev/null",
                "--input-file",
                "/dev/null",
            ])
            .args([
                "--container-daemon-socket",
                "-",
                "--no-cache-server",
                "--pull=false",
                "--rm",
            ])
            .arg("--action-cache-path")
            .arg(home.join("act"));
        match &self.engine {
            Some((engine, image)) => {
                let mut options = format!("--label {LABEL}={}", stage.folder().display());
                if let Some(file) = authorities(context) {
                    let inside = callers::AUTHORITIES;
                    options.push_str(&format!(" --volume {}:{inside}:ro", file.display()));
                    cmd = cmd.args(["--env", &format!("FOUNDATION_CA_FILE={inside}")]);
                }
                let platform = format!("docker={image}");
                cmd = engine
                    .place(cmd)
                    .args(["--platform", &platform, "--container-options", &options]);
            }
            None => cmd = cmd.args(["--platform", "docker=-self-hosted"]),
        }
        if let Some(path) = &self.host_path {
            cmd = cmd.env("PATH", path);
        }
        if let Some(event) = &request.event {
            cmd = cmd.arg("--eventpath").arg(absolute(&context.directory, event));
        }
        if let Some(job) = &request.job {
            cmd = cmd.args(["--job", job]);
        }
        Ok(cmd.args(&request.arguments))
    }
}

/// This machine's own certificate authorities: a job's npm has to trust them too, or it reaches no registry from here.
fn authorities(context: &Context) -> Option<&Path> {
    context.ca_file.as_deref().filter(|file| file.is_file())
}

fn absolute(directory: &Path, path: &Path) -> PathBuf {
    directory.join(path)
}

/// The event that a payload is of: act wants to be told.
fn event_name(file: Option<&Path>) -> Result<&'static str> {
    let Some(file) = file else { return Ok("push") };
    let unreadable = || format!("cannot read the event file {}", file.display());
    let text = std::fs::read(file).map_err(|error| Failure::config(unreadable()).because(error))?;
    let payload = serde_json::from_slice(&text).map_err(|error| {
        Failure::config(unreadable())
            .because(error)
            .hint("it must be the JSON that a runner puts into the event file")
    })?;
    Ok(match Event::read(None, &payload) {
        Event::PullRequest(_) => "pull_request",
        Event::Schedule => "schedule",
        Event::Dispatch => "workflow_dispatch",
        Event::Push { .. } | Event::Other => "push",
    })
}

/// `PATH` for jobs without an image: this clone's binaries, its tools, then what the machine has.
fn path_of_host_mode(env: &Env, checkout: &Checkout) -> Result<std::ffi::OsString> {
    let own = std::env::current_exe()
        .ok()
        .and_then(|program| program.parent().map(Path::to_owned))
        .ok_or_else(|| Failure::environment("cannot find this program's folder"))?;
    let newest = newest(&checkout.path("src")).max(newest(&checkout.path("actions")));
    for action in crate::registry::ACTIONS {
        let file = own.join(action.binary());
        let built = std::fs::metadata(&file).and_then(|meta| meta.modified()).ok();
        let problem = match built {
            None => "is not there",
            Some(built) if newest.is_some_and(|newest| built < newest) => "is older than its source",
            Some(_) => continue,
        };
        return Err(Failure::environment(format!("{} {problem}", file.display()))
            .hint("run `cargo build --bins`, as one for all of them"));
    }
    let tools = checkout.path(".cache/tools/bin");
    let mut path = std::ffi::OsString::new();
    for part in [
        own.as_os_str(),
        tools.as_os_str(),
        env.os("PATH").unwrap_or_default(),
    ] {
        if !path.is_empty() {
            path.push(":");
        }
        path.push(part);
    }
    Ok(path)
}

/// When the newest file below a folder was changed.
fn newest(folder: &Path) -> Option<std::time::SystemTime> {
    let mut newest = None;
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let time = match entry.file_type() {
            Ok(kind) if kind.is_dir() => self::newest(&path),
            Ok(_) if path.extension().is_some_and(|end| end == "rs") => {
                entry.metadata().and_then(|meta| meta.modified()).ok()
            }
            Ok(_) | Err(_) => None,
        };
        newest = newest.max(time);
    }
    newest
}
