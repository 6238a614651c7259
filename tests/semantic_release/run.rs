//! The binary as somebody meets it at a terminal: what it says, what it leaves alone, how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::world::{git, git_at};

/// A clone whose remote is a folder.
struct Clone {
    home: TempDir,
}

/// What a run said, and how it ended.
struct Said {
    exit: i32,
    out: String,
    log: String,
}

impl Clone {
    /// A clone named `app` on `master`, with one pushed commit for each message.
    fn new(messages: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        git(
            home.path(),
            &["init", "--quiet", "--bare", "--initial-branch=master", "app.git"],
        );
        git(
            home.path(),
            &["init", "--quiet", "--initial-branch=master", "app"],
        );
        let clone = Self { home };
        git(&clone.repo(), &["remote", "add", "origin", "../app.git"]);
        clone.push(messages);
        clone
    }

    fn repo(&self) -> PathBuf {
        self.home.path().join("app")
    }

    fn commit(&self, message: &str) {
        let arguments = ["commit", "--quiet", "--allow-empty", "--message", message];
        git_at(&self.repo(), 1_704_067_200, &arguments);
    }

    fn push(&self, messages: &[&str]) {
        for message in messages {
            self.commit(message);
        }
        if !messages.is_empty() {
            git(&self.repo(), &["push", "--quiet", "origin", "master"]);
        }
    }

    /// What the remote holds, beside its branches.
    fn remote(&self) -> String {
        git(
            &self.home.path().join("app.git"),
            &["for-each-ref", "--format=%(refname)", "refs/tags", "refs/notes"],
        )
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.repo().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Runs in the clone.
    fn run(&self, arguments: &[&str]) -> Said {
        self.run_in(&self.repo(), arguments)
    }

    fn run_in(&self, folder: &Path, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_foundation-semantic-release"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("a PATH"))
            .env("HOME", "/nonexistent")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("the binary runs");
        let home = self.home.path().to_str().expect("UTF-8");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(home, "~");
        Said {
            exit: output.status.code().expect("no signal"),
            out: text(&output.stdout),
            log: text(&output.stderr),
        }
    }
}

impl Said {
    /// Everything, in the order of the two streams, with the exit code.
    fn all(&self) -> String {
        format!("{}{}exit {}", self.out, self.log, self.exit)
    }
}

/// Every file below a folder with its bytes.
fn bytes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.path(), fs::read(entry.path()).expect("a file")));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_dry_run_leaves_clone_and_remote_as_they_are() {
    let clone = Clone::new(&["init"]);
    let before = bytes(clone.home.path());
    for arguments in [
        &["--dry-run"][..],
        &["explain"],
        &["--dry-run", "--format", "json"],
    ] {
        let said = clone.run(arguments);
        assert_eq!(said.exit, 0, "{}", said.all());
    }
    assert!(before == bytes(clone.home.path()), "something was written");
}

#[test]
fn a_release_is_made_once_and_the_second_run_has_no_news() {
    let clone = Clone::new(&["init", "feat: doors"]);
    insta::assert_snapshot!(clone.run(&[]).all(), @r"
    configuration: none, so the platform's rules hold
    app: nothing released yet -> 1.0.0 (minor)
      minor  30650f0 feat: doors  [feat is minor]
      -      bb09f30 init  [the header is not of the form `type: subject`]
    in this order:
      1. tag v1.0.0 on 30650f0
      2. note the channels of v1.0.0: the default one
      3. push at once: refs/tags/v1.0.0, refs/notes/semantic-release-v1.0.0
    note: no forge is used, so no release, assets, comments or labels are made
    pushed refs/tags/v1.0.0, refs/notes/semantic-release-v1.0.0
    released app 1.0.0
    exit 0
    ");
    let tags = clone.remote();
    insta::assert_snapshot!(clone.run(&[]).all(), @r"
    configuration: none, so the platform's rules hold
    app: 1.0.0, no release
    nothing to release: there is no commit since the last release
    exit 0
    ");
    assert_eq!(clone.remote(), tags);
}

#[test]
fn a_persons_files_index_and_hooks_are_left_alone() {
    let clone = Clone::new(&["feat: doors"]);
    clone.write("package.json", "{ half written");
    git(&clone.repo(), &["add", "package.json"]);
    clone.write("untracked", "mine");
    for hook in [
        "pre-push",
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
    ] {
        let name = format!(".git/hooks/{hook}");
        clone.write(&name, "#!/bin/sh\ntouch ../hooked\nexit 1\n");
        fs::set_permissions(clone.repo().join(name), fs::Permissions::from_mode(0o755)).expect("set");
    }
    for (key, value) in [
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
        ("push.default", "nothing"),
    ] {
        git(&clone.repo(), &["config", key, value]);
    }
    let before = bytes(&clone.repo());
    let said = clone.run(&["--commit", "--changelog=CHANGELOG.md"]);
    assert_eq!(said.exit, 0, "{}", said.all());
    assert!(clone.remote().contains("refs/tags/v1.0.0"), "{}", clone.remote());
    assert!(before == bytes(&clone.repo()), "the clone was written to");
    assert!(!clone.home.path().join("hooked").exists(), "a hook ran");
}

#[test]
fn only_what_is_pushed_is_released() {
    let clone = Clone::new(&["init"]);
    assert_eq!(clone.run(&[]).exit, 0);
    let tags = clone.remote();
    clone.commit("feat: at home");
    let said = clone.run(&[]);
    assert_eq!(clone.remote(), tags, "{}", said.all());
    for words in [
        "the remote's master does not hold this commit yet",
        "nothing to release: the commit is not at the remote yet; push it first",
    ] {
        assert!(said.all().contains(words), "{}", said.all());
    }
    let said = clone.run(&["--format=json"]);
    assert!(
        said.out.contains(r#""outcome":"nothing","reason":"not-pushed""#),
        "{}",
        said.all()
    );
    clone.push(&["fix: more"]);
    assert!(clone.run(&[]).all().contains("released app 1.1.0"));
}

#[test]
fn the_document_is_alone_on_standard_output() {
    let clone = Clone::new(&["init", "docs: a page", "feat: doors"]);
    let said = clone.run(&["--dry-run", "--format=json"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).expect("JSON and nothing else");
    insta::assert_snapshot!(format!("{document:#}"), @r###"
    {
      "branch": "master",
      "effects": [
        {
          "do": "tag",
          "name": "v1.0.0",
          "target": "b69904e350af96210a33af10d96a0ade16bd1651"
        },
        {
          "channels": [
            null
          ],
          "do": "channel",
          "tag": "v1.0.0"
        },
        {
          "do": "push",
          "refs": [
            "refs/tags/v1.0.0",
            "refs/notes/semantic-release-v1.0.0"
          ]
        }
      ],
      "outcome": "release",
      "packages": [
        {
          "channel": null,
          "commits": [
            {
              "hash": "b69904e350af96210a33af10d96a0ade16bd1651",
              "type": "minor",
              "why": "feat is minor"
            },
            {
              "hash": "732da0572cee2464349d991e1ae098530fad8ba1",
              "type": null,
              "why": "no rule for docs"
            },
            {
              "hash": "bb09f3009d64a3c7aade74552b51cb6a24b6d98d",
              "type": null,
              "why": "the header is not of the form `type: subject`"
            }
          ],
          "last": null,
          "name": "app",
          "next": "1.0.0",
          "notes": "## 1.0.0 (2024-01-01)\n\n### Features\n\n- doors (b69904e)\n\nAnd 2 smaller changes: docs 1, other 1.\n",
          "path": ".",
          "tag": "v1.0.0",
          "type": "minor"
        }
      ],
      "reason": null,
      "schema": 1
    }
    "###);
}

#[test]
fn a_branch_that_releases_nothing_is_told_which_ones_do() {
    let clone = Clone::new(&["init"]);
    clone.write(".releaserc.json", r#"{"branches": ["master", "next"]}"#);
    git(&clone.repo(), &["switch", "--quiet", "--create", "feature/x"]);
    insta::assert_snapshot!(clone.run(&[]).all(), @r"
    configuration: .releaserc.json
    nothing to release: the branch feature/x is none that releases; those are master, next
    exit 0
    ");
    git(&clone.repo(), &["switch", "--quiet", "--create", "next"]);
    insta::assert_snapshot!(clone.run(&[]).all(), @r"
    configuration: .releaserc.json
    nothing to release: the remote has no branch next; push it first
    exit 0
    ");
}

#[test]
fn what_cannot_be_done_says_what_to_do() {
    let clone = Clone::new(&[]);
    let mut said = vec![("no commit", clone.run(&[]))];
    clone.commit("init");
    said.push(("nothing pushed", clone.run(&[])));
    clone.push(&["feat: doors"]);
    said.push(("no folder", clone.run(&["nowhere"])));
    said.push((
        "explain comes first",
        clone.run(&["--packages", "auto", "explain"]),
    ));
    said.push(("no repository", clone.run_in(clone.home.path(), &[])));
    said.push(("a mistyped package", clone.run(&["--packages", "pakages/*"])));
    git(&clone.repo(), &["switch", "--quiet", "--detach"]);
    said.push(("detached", clone.run(&[])));
    said.push((
        "detached, with a branch named",
        clone.run(&["explain", "--branch", "master"]),
    ));
    git(&clone.repo(), &["remote", "remove", "origin"]);
    said.push(("no remote", clone.run(&["--branch", "master"])));
    let told: Vec<String> = said
        .iter()
        .map(|(what, said)| format!("{what}:\n{}", said.all()))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    no commit:
    configuration: none, so the platform's rules hold
    nothing to release: the repository holds no commit yet
    exit 0

    nothing pushed:
    configuration: none, so the platform's rules hold
    error: none of the configured release branches exists on the remote (ERELEASEBRANCHES)
    hint: push one of them first (git push origin master), or let "branches" name one to three that exist there
    exit 2

    no folder:
    error: ~/app/nowhere is no folder
    hint: name the repository, or the folder of one package in it
    exit 2

    explain comes first:
    error: ~/app/explain is no folder
    hint: the word explain comes first: foundation-semantic-release explain --packages auto
    exit 2

    no repository:
    error: ~ is in no git repository
    hint: check the repository out first (`foundation-checkout`), or name another path
    exit 2

    a mistyped package:
    configuration: none, so the platform's rules hold
    error: --packages: 'pakages/*' matches no folder of this commit; a manifest is in: none
    exit 2

    detached:
    error: no branch is checked out (HEAD is detached), so nobody knows which one to release
    hint: check a branch out, or name it: --branch master
    exit 2

    detached, with a branch named:
    configuration: none, so the platform's rules hold
    app: nothing released yet -> 1.0.0 (minor)
      minor  30650f0 feat: doors  [feat is minor]
      -      bb09f30 init  [the header is not of the form `type: subject`]
    would release app 1.0.0
    exit 0

    no remote:
    configuration: none, so the platform's rules hold
    error: this clone has no remote, so there is nowhere to release to
    hint: add one (git remote add origin <address>), or name an address or a folder: --remote ../origin.git
    exit 2
    "#);
}

#[test]
fn an_address_is_what_git_makes_of_it() {
    let clone = Clone::new(&["init"]);
    let base = format!("url.{}/.insteadOf", clone.home.path().display());
    git(&clone.repo(), &["config", &base, "mine:"]);
    git(&clone.repo(), &["remote", "set-url", "origin", "mine:app.git"]);
    assert!(clone.run(&[]).all().contains("released app 1.0.0"));
}

#[test]
fn why_a_push_was_declined_is_told_once() {
    let clone = Clone::new(&["init"]);
    let hook = clone.home.path().join("app.git/hooks/pre-receive");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("made");
    fs::write(&hook, "#!/bin/sh\necho 'not today' >&2\nexit 1\n").expect("written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    let said = clone.run(&[]);
    assert_eq!(said.exit, 2, "{}", said.all());
    assert_eq!(said.all().matches("not today").count(), 1, "{}", said.all());
}
