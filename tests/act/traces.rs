//! What `foundation act` sees of a repository, and what it leaves: nothing, in it or anywhere.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, docker};

/// Every file with its owner, mode, size, time of change and content.
fn listing(folder: &Path, into: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let meta = entry.metadata().expect("metadata");
        let content = if meta.is_file() {
            std::fs::read(entry.path()).expect("read")
        } else {
            Vec::new()
        };
        into.push(format!(
            "{} {}:{} {:o} {} {}.{} {content:?}",
            entry.path().display(),
            meta.uid(),
            meta.gid(),
            meta.mode(),
            meta.size(),
            meta.mtime(),
            meta.mtime_nsec(),
        ));
        if meta.is_dir() {
            listing(&entry.path(), into);
        }
    }
}

fn listed(folder: &Path) -> Vec<String> {
    let mut list = Vec::new();
    listing(folder, &mut list);
    list
}

#[test]
fn the_repository_is_seen_as_it_lies_there_and_is_not_changed() {
    for arguments in [&[][..], &["--host"]] {
        let sandbox = Sandbox::new();
        let repository = sandbox.repository("repo");
        sandbox.write("repo/.gitignore", "ignored.js\n");
        sandbox.write("repo/ignored.js", "ignored();\n");
        sandbox.write("repo/untracked file.js", "untracked();\n");
        sandbox.write("repo/a.js", "changed();\n");
        sandbox.write("repo/gone.js", "gone();\n");
        sandbox.git("repo", &["add", "gone.js"]);
        sandbox.git("repo", &["commit", "--quiet", "--message=feat: more"]);
        std::fs::remove_file(sandbox.path("repo/gone.js")).expect("removed");
        let before = listed(&repository);
        let run = sandbox
            .act(&repository, arguments)
            .expect(1)
            .says("a.js:1:1: error: 'changed' is not defined")
            .says("untracked file.js:1:1: error: 'untracked' is not defined")
            .says("(with what is not committed)");
        for hidden in ["ignored.js", "gone.js"] {
            assert!(!run.log.contains(hidden), "{}", run.log);
        }
        assert_eq!(before, listed(&repository));
    }
}

#[test]
fn jobs_see_the_repository_s_name_branch_and_history() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("repo");
    let address = "https://bob:s3cret-word@forge.example/sub/olsitec-nci/olsicrypto.git";
    sandbox.git("repo", &["remote", "add", "origin", address]);
    sandbox.git("repo", &["checkout", "--quiet", "-b", "feat/x"]);
    sandbox.git("repo", &["tag", "v1.2.3"]);
    let show = "jobs:\n  show:\n    runs-on: docker\n    steps:\n      - run: echo \"at $GITHUB_REPOSITORY $GITHUB_REF $GITHUB_EVENT_NAME $GITHUB_SERVER_URL token=$GITHUB_TOKEN.\"\n      - run: test ! -S /var/run/docker.sock && test -z \"$DOCKER_HOST\"\n";
    sandbox.write(
        "repo/.forgejo/workflows/ci.yml",
        &format!("name: ci\non: [push, pull_request]\n{show}"),
    );
    sandbox.git("repo", &["commit", "--all", "--quiet", "--message=ci: show"]);
    let run = sandbox
        .act(&repository, &[])
        .expect(0)
        .says("at olsitec-nci/olsicrypto refs/heads/feat/x push https://forge.example token=.");
    assert!(!run.log.contains("s3cret-word"));
    let event =
        r#"{"pull_request": {"number": 3, "head": {"sha": "a"}, "base": {"sha": "b", "ref": "master"}}}"#;
    let event = sandbox.write("event.json", event);
    sandbox
        .act(&repository, &["--event", event.to_str().expect("UTF-8")])
        .expect(0)
        .says(" pull_request https://forge.example");
}

#[test]
fn secrets_come_from_a_file_and_are_never_shown() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("repo");
    let caller = "name: ci\non: push\njobs:\n  show:\n    runs-on: docker\n    steps:\n      - run: echo \"it is $CANARY and has ${#CANARY} characters\"; tr '\\0' '\\n' < /proc/1/cmdline\n        env:\n          CANARY: ${{ secrets.CANARY }}\n";
    sandbox.write("repo/.forgejo/workflows/ci.yml", caller);
    let secrets = sandbox.write("secrets", "CANARY=canary-0123456789\n");
    let secrets = secrets.to_str().expect("UTF-8");
    for arguments in [&["--secrets", secrets][..], &["--secrets", secrets, "--host"]] {
        let run = sandbox
            .act(&repository, arguments)
            .expect(0)
            .says("it is *** and has 17 characters");
        assert!(!run.log.contains("canary-0123456789"), "{}", run.log);
    }
    std::fs::write(secrets, "GITHUB_TOKEN=abcdefgh\n").expect("written");
    sandbox
        .act(&repository, &["--secrets", secrets])
        .expect(2)
        .says("GITHUB_TOKEN");
}

/// A repository whose job says that it runs, and then takes a minute.
fn slow(sandbox: &Sandbox) -> std::path::PathBuf {
    let repository = sandbox.repository("slow");
    let caller = "name: ci\non: push\njobs:\n  wait:\n    runs-on: docker\n    steps:\n      - run: echo now; sleep 60\n";
    sandbox.write("slow/.forgejo/workflows/ci.yml", caller);
    repository
}

fn kill_in_the_middle(sandbox: &Sandbox, repository: &Path, signal: &str) {
    let mut child = sandbox.start(repository);
    let started = Instant::now();
    while !std::fs::read_to_string(sandbox.path("log"))
        .expect("the log")
        .contains("| now")
    {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "the job does not start"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let status = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
    child.wait().expect("it ends");
}

#[test]
fn nothing_is_left_when_a_run_is_stopped() {
    for signal in ["-TERM", "-INT"] {
        let sandbox = Sandbox::new();
        let repository = slow(&sandbox);
        kill_in_the_middle(&sandbox, &repository, signal);
        sandbox.nothing_is_left();
        // act names the volumes like the workflow, to which the run's own word is added.
        let log = std::fs::read_to_string(sandbox.path("log")).expect("the log");
        let word = log
            .split_once("[ci ")
            .and_then(|(_, rest)| rest.split_once('/'))
            .expect("a job's line")
            .0;
        let volumes = docker(&["volume", "ls", "--quiet", "--filter", &format!("name={word}")]);
        assert_eq!(volumes.as_deref(), Some(""));
    }
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let sandbox = Sandbox::new();
    let repository = slow(&sandbox);
    kill_in_the_middle(&sandbox, &repository, "-KILL");
    assert_eq!(sandbox.containers().map(|all| all.len()), Some(1));
    let good = sandbox.repository("good");
    // Host mode cannot remove containers, so it leaves the folder that tells of them.
    sandbox
        .run(&["act", good.to_str().expect("UTF-8"), "--host"])
        .expect(0);
    assert_eq!(std::fs::read_dir(sandbox.path("tmp")).expect("tmp").count(), 1);
    sandbox.act(&good, &[]).expect(0);
}

/// Plain act, in a clone of this repository, by its `.actrc` alone. Only the image is another: the pinned one is older than this
/// clone's source, and here that source is tested.
#[test]
fn plain_act_works_in_this_repository() {
    let sandbox = Sandbox::new();
    let root = Path::new(crate::sandbox::ROOT);
    sandbox.git("", &["clone", "--quiet", crate::sandbox::ROOT, "clone"]);
    let pinned = regex::Regex::new("foundation-ci:[0-9a-f]{12}").expect("a pattern");
    for file in [
        ".actrc",
        ".forgejo/workflows/ci.yml",
        ".forgejo/workflows/lint.yml",
    ] {
        let text = std::fs::read_to_string(root.join(file)).expect("it is there");
        sandbox.write(
            &format!("clone/{file}"),
            &pinned.replace(&text, "foundation-ci:latest"),
        );
    }
    let before = listed(&sandbox.path("clone/.forgejo"));
    let output = sandbox
        .command(&[])
        .get_envs()
        .fold(
            &mut std::process::Command::new(root.join(".cache/tools/bin/act")),
            |act, (name, value)| act.envs(value.map(|value| (name, value))),
        )
        .arg("push")
        .current_dir(sandbox.path("clone"))
        .output()
        .expect("act runs; `tests/parts/install act` installs it");
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{log}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for said in ["already holds commit", "0 errors", "Job succeeded"] {
        assert!(log.contains(said), "{said}: {log}");
    }
    assert!(!log.contains("a container engine is within reach"), "{log}");
    assert_eq!(before, listed(&sandbox.path("clone/.forgejo")));
}
