//! One run in a process of its own, so that it can be killed: this test binary starts itself again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use foundation::kit::context::{Context, Env};
use foundation::kit::forge::Forge;
use foundation::kit::git::remote::Remote;
use foundation::kit::npm::Registry;
use foundation::kit::outcome::{Exit, Failure};
use foundation::kit::report::Report;
use foundation::kit::secret::Secret;
use foundation::semantic_release::apply::signing::Key;
use foundation::semantic_release::apply::{
    Asset, Comment, Edit, ForgeRelease, Identity, Job, Package, Publish, Step, apply, complete,
};
use foundation::semantic_release::plan::Effect;
use serde::{Deserialize, Serialize};

/// A job as a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Spec {
    pub repository: PathBuf,
    pub remote: String,
    pub branch: String,
    pub head: String,
    pub packages: Vec<SpecPackage>,
    pub edits: Vec<(String, String)>,
    pub commit: Option<String>,
    pub key: Option<String>,
    /// The forge's address, without a slash at the end; none uses no forge.
    pub server: Option<String>,
    pub full_name: String,
    pub token: Option<String>,
    pub comments: Vec<(u64, Option<String>, Vec<String>)>,
    pub completing: bool,
    /// What is mounted before the run, by a shell.
    pub mounts: Option<String>,
    /// The folder for temporary files.
    pub scratch: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SpecPackage {
    pub name: String,
    pub path: String,
    pub version: String,
    pub tag: String,
    pub channels: Vec<Option<String>>,
    pub add_channel_on: Option<String>,
    pub title: String,
    pub notes: String,
    pub prerelease: bool,
    pub assets: Vec<(PathBuf, String)>,
    pub no_release: bool,
    pub publish: Option<SpecPublish>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SpecPublish {
    pub registry: String,
    pub token: Option<String>,
    pub name: String,
    pub dist_tag: String,
    pub edits: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ran {
    /// `Released`, `Completed`, …; none when it failed.
    pub ended: Option<String>,
    pub reason: Option<String>,
    pub race: bool,
    pub commit: String,
    /// Each effect and what became of it.
    pub done: Vec<(String, String)>,
    /// The exit code of a failure, 0 otherwise.
    pub code: u8,
    pub error: String,
    pub log: String,
    /// The most memory the process had, in KiB.
    pub peak: u64,
}

impl Ran {
    /// Asserts how it ended.
    #[track_caller]
    pub fn ends(&self, ended: &str) -> &Self {
        assert_eq!(self.ended.as_deref(), Some(ended), "{}\n{}", self.error, self.log);
        self
    }

    /// Asserts that it failed with this exit code, and that the error holds these words.
    #[track_caller]
    pub fn fails(&self, code: u8, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{:?} {}\n{}", self.ended, self.error, self.log);
        for word in words {
            assert!(self.error.contains(word), "no '{word}' in: {}", self.error);
        }
        self
    }
}

/// Runs a job; `stop` names the place where it is killed. None: it was.
#[track_caller]
pub fn run_until(spec: &Spec, stop: Option<&str>) -> Option<Ran> {
    start(spec, stop)()
}

/// Runs a job to its end.
#[track_caller]
pub fn run(spec: &Spec) -> Ran {
    run_until(spec, None).expect("it was killed, but by whom?")
}

/// Starts a job; the function returned waits for it.
#[track_caller]
pub fn start(spec: &Spec, stop: Option<&str>) -> impl FnOnce() -> Option<Ran> + use<> {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("spec.json"), folder.path().join("ran.json"));
    std::fs::write(&input, serde_json::to_vec(spec).expect("JSON")).expect("written");
    let mut command = match &spec.mounts {
        None => Command::new(std::env::current_exe().expect("this program")),
        Some(script) => {
            // In a mount namespace of its own, so that nothing of the machine changes.
            let mut command = Command::new("unshare");
            command
                .args(["--mount", "--map-root-user", "/bin/sh", "-ec"])
                .arg(format!("{script}\nexec \"$@\""))
                .arg("sh")
                .arg(std::env::current_exe().expect("this program"));
            command
        }
    };
    command
        .args([
            "--exact",
            "driver::one_run",
            "--ignored",
            "--quiet",
            "--nocapture",
        ])
        .env("APPLY_SPEC", &input)
        .env("APPLY_RAN", &output)
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(stop) = stop {
        command.env("APPLY_STOP", stop);
    }
    if let Some(scratch) = &spec.scratch {
        command.env("TMPDIR", scratch);
    }
    let published = spec
        .packages
        .iter()
        .filter_map(|package| package.publish.as_ref());
    let secrets: Vec<String> = published
        .filter_map(|publish| publish.token.clone())
        .chain(spec.token.clone())
        .collect();
    let mut child = command.spawn().expect("this program");
    move || {
        let status = child.wait().expect("it ends");
        if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
            return None;
        }
        let ran = std::fs::read_to_string(&output)
            .unwrap_or_else(|_| panic!("the run ended without a word: {status}"));
        for secret in &secrets {
            assert!(!ran.contains(secret), "a token in what was written");
        }
        drop(folder);
        Some(serde_json::from_str(&ran).expect("JSON"))
    }
}

/// Not a test of its own: what [`run`] starts.
#[test]
#[ignore = "started by the other tests, in a process of its own"]
fn one_run() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let spec: Spec =
        serde_json::from_slice(&std::fs::read(variable("APPLY_SPEC")).expect("a file")).expect("JSON");
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(do_it(&spec, std::env::var("APPLY_STOP").ok()));
    std::fs::write(variable("APPLY_RAN"), serde_json::to_vec(&ran).expect("JSON")).expect("written");
}

#[derive(Clone, Default)]
struct Sink(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the sink").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The environment of a run: the locked node and npm first.
pub fn path() -> String {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/tools/bin");
    assert!(tools.join("npm").exists(), "npm is missing; run: make tools");
    format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", tools.display())
}

async fn do_it(spec: &Spec, stop: Option<String>) -> Ran {
    let mut pairs = vec![
        ("PATH".to_owned(), path()),
        ("HOME".to_owned(), std::env::var("HOME").expect("HOME")),
        ("FORGEJO_ACTIONS".to_owned(), "true".to_owned()),
        ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
    ];
    if let Some(server) = &spec.server {
        pairs.push(("FORGEJO_SERVER_URL".to_owned(), server.clone()));
        pairs.push(("FORGEJO_REPOSITORY".to_owned(), spec.full_name.clone()));
    }
    if let Some(token) = &spec.token {
        pairs.push(("FOUNDATION_TOKEN".to_owned(), token.clone()));
    }
    if let Some(stop) = stop {
        pairs.push(("FOUNDATION_TEST_STOP".to_owned(), stop));
    }
    let env: Env = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let context = Context::from_env(env, Path::new("/")).expect("a context");
    let sink = Sink::default();
    let report = Report::new(
        sink.clone(),
        sink.clone(),
        context.masks.clone(),
        context.host,
        false,
    );
    let result = async {
        let job = job(spec, &context)?;
        if spec.completing {
            complete(&job, &context, &report).await
        } else {
            apply(&job, &context, &report).await
        }
    }
    .await;
    let mut ran = Ran {
        log: String::from_utf8_lossy(&sink.0.lock().expect("the sink")).into_owned(),
        peak: peak(),
        ..Ran::default()
    };
    match result {
        Ok(applied) => {
            ran.reason = applied.reason().map(str::to_owned);
            let ended = format!("{:?}", applied.ended);
            ran.ended = ended.split([' ', '{']).next().map(str::to_owned);
            ran.race = applied.race;
            ran.commit = applied.commit;
            ran.done = applied
                .done
                .iter()
                .map(|(effect, did)| {
                    (
                        foundation::semantic_release::apply::job::name(effect),
                        format!("{did:?}"),
                    )
                })
                .collect();
        }
        Err(failure) => {
            ran.code = Exit::from(failure.kind()).code();
            ran.error = format!("{failure}\nhint: {}", failure.advice().unwrap_or("none"));
        }
    }
    ran
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .expect("VmHWM")
}

/// The job of a specification.
pub fn job(spec: &Spec, context: &Context) -> Result<Job, Failure> {
    let edits = |edits: &[(String, String)]| {
        edits
            .iter()
            .map(|(path, content)| Edit {
                path: path.clone(),
                content: content.clone().into_bytes(),
            })
            .collect()
    };
    let mut packages = Vec::new();
    for package in &spec.packages {
        let publish = match &package.publish {
            None => None,
            Some(publish) => Some(Publish {
                registry: Registry::new(
                    &publish.registry,
                    publish
                        .token
                        .as_ref()
                        .map(|token| Secret::new(token, &context.masks)),
                    None,
                )?,
                name: publish.name.clone(),
                dist_tag: publish.dist_tag.clone(),
                edits: edits(&publish.edits),
            }),
        };
        packages.push(Package {
            name: package.name.clone(),
            path: package.path.clone(),
            version: package.version.parse().expect("a version"),
            tag: package.tag.clone(),
            channels: package.channels.clone(),
            step: match &package.add_channel_on {
                None => Step::Release,
                Some(commit) => Step::AddChannel {
                    commit: commit.clone(),
                },
            },
            release: (!package.no_release).then(|| ForgeRelease {
                title: package.title.clone(),
                notes: package.notes.clone(),
                prerelease: package.prerelease,
                assets: package
                    .assets
                    .iter()
                    .map(|(file, name)| Asset {
                        file: file.clone(),
                        name: name.clone(),
                    })
                    .collect(),
            }),
            publish,
        });
    }
    Ok(Job {
        repository: spec.repository.clone(),
        remote: Remote::parse(&spec.remote, Path::new("/")).map_err(Failure::config)?,
        branch: spec.branch.clone(),
        head: spec.head.clone(),
        packages,
        edits: edits(&spec.edits),
        commit: spec.commit.clone(),
        author: Identity {
            name: "foundation".to_owned(),
            email: "foundation@example.org".to_owned(),
        },
        key: spec.key.as_ref().map(|key| Key(Secret::new(key, &context.masks))),
        forge: if spec.server.is_some() {
            Forge::of(context)?
        } else {
            None
        },
        comments: spec
            .comments
            .iter()
            .map(|(number, body, labels)| Comment {
                number: *number,
                body: body.clone(),
                labels: labels.clone(),
            })
            .collect(),
        limit: Duration::from_secs(120),
    })
}

/// The names of the effects of a job, in order.
pub fn effects(spec: &Spec) -> Vec<String> {
    let pairs = [
        ("FORGEJO_SERVER_URL", spec.server.as_deref().unwrap_or_default()),
        ("FORGEJO_REPOSITORY", &spec.full_name),
        ("FOUNDATION_TOKEN", "some-token"),
    ];
    let context = Context::from_env(pairs.into_iter().collect(), Path::new("/")).expect("a context");
    let job = job(spec, &context).expect("a job");
    let effects: Vec<Effect> = foundation::semantic_release::apply::effects(&job);
    effects
        .iter()
        .map(foundation::semantic_release::apply::job::name)
        .collect()
}
