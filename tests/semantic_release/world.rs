//! Repositories for tests, and the library's way to a decision about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use foundation::checkout::network::Network;
use foundation::kit::context::{Context, Env, Host};
use foundation::kit::git::remote::{Access, Remote};
use foundation::kit::git::{Git, Repo};
use foundation::kit::outcome::Result;
use foundation::kit::report::Report;
use foundation::semantic_release::analyze::Analysis;
use foundation::semantic_release::commit::Commit;
use foundation::semantic_release::config::Config;
use foundation::semantic_release::decide::{self, Ask, Decision, World};
use foundation::semantic_release::history::folders::Folders;

/// The variables of a test: a `PATH`, and no home with settings.
pub fn env() -> Env {
    let path = std::env::var("PATH").expect("a PATH");
    [
        ("PATH", path.as_str()),
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ]
    .into_iter()
    .collect()
}

/// Runs git in a folder, with fixed names and a given time, and returns what it prints.
#[track_caller]
pub fn git_at(folder: &Path, time: i64, arguments: &[&str]) -> String {
    let date = format!("{time} +0000");
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a PATH"))
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A U Thor")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.org")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), date.as_str())))
        .output()
        .expect("git starts; install it");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Runs git in a folder.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    git_at(folder, 1_704_067_200, arguments)
}

/// Something that is done with the network of a repository whose remote is a folder.
pub fn with_network<T>(folder: &Path, run: impl AsyncFnOnce(&Network<'_>, &Remote) -> T) -> T {
    let env = env();
    let context = Context::from_env(env.clone(), folder).expect("a context");
    let report = Report::new(
        std::io::sink(),
        std::io::sink(),
        context.masks.clone(),
        Host::Terminal,
        false,
    );
    let remote = Remote::parse(&git(folder, &["config", "remote.origin.url"]), folder).expect("an address");
    let access = Access::of(&context, &remote).expect("access");
    let git = Git::new(&env, folder).expect("git");
    let network = Network::new(git, &access, &report, false, Duration::from_secs(60));
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(run(&network, &remote))
}

/// What is decided for a folder that is one package.
pub fn single(folder: &Path, branch: &str) -> Result<Decision> {
    let config = Config::read(folder)?;
    let repo = Repo::open(folder)?;
    with_network(folder, async |network, remote| {
        decide::single(&repo, Some((network, remote)), &config, branch).await
    })
}

/// The same, its commits judged by `analyze`.
pub fn decide(folder: &Path, branch: &str, analyze: &dyn Fn(&[Commit]) -> Analysis) -> Result<Decision> {
    let config = Config::read(folder)?;
    let repo = Repo::open(folder)?;
    let remote = with_network(folder, async |network, remote| {
        decide::prepare(&repo, Some((network, remote)), &config.branches, branch).await
    })?;
    World::read(&repo, &remote, branch, Folders::default())?.decide(&Ask {
        branches: &config.branches,
        format: &config.tag_format.unwrap_or_default(),
        analyze,
        folder: None,
    })
}

/// The folder of the recorded cases.
pub fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/semantic-release")
}

/// Builds cases with `build.py`, several at once; the repository of each, by its name.
pub fn build(file: &str, names: &[String], folder: &Path) -> BTreeMap<String, PathBuf> {
    const SCRIPT: &str = r#"
import json, os, sys
sys.path.insert(0, sys.argv[1])
import build
cases = {c["name"]: c for c in json.load(open(os.path.join(sys.argv[1], sys.argv[2])))}
for name in sys.argv[4:]:
    folder = os.path.join(sys.argv[3], name)
    os.makedirs(folder)
    print(name, build.build(cases[name], folder), sep="\t", flush=True)
"#;
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let share = names.len().div_ceil(workers).max(1);
    let children: Vec<_> = names
        .chunks(share)
        .map(|share| {
            Command::new("python3")
                .args(["-B", "-c", SCRIPT])
                .args([recorded().as_os_str(), file.as_ref(), folder.as_os_str()])
                .args(share)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("python3 starts; install it")
        })
        .collect();
    let mut built = BTreeMap::new();
    for child in children {
        let output = child.wait_with_output().expect("python3 ends");
        assert!(output.status.success(), "build.py failed");
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (name, path) = line.split_once('\t').expect("a name and a path");
            built.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    built
}
