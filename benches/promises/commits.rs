//! Long histories of conventional commits, through `git fast-import`: 100,000 in seconds.

use std::fmt::Write as _;
use std::io::BufWriter;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::generate::{Dice, git};

/// What a history looks like.
pub struct Shape {
    /// Commits on `master`, without the first one.
    pub commits: usize,
    /// How many of them are newer than the tags.
    pub since: usize,
    /// Packages in `packages/`; none for one package in the root.
    pub packages: usize,
    /// Whether git keeps a commit-graph file.
    pub graph: bool,
}

const KINDS: &[&str] = &[
    "fix", "fix", "fix", "feat", "docs", "refactor", "test", "chore", "ci", "build", "perf", "style",
];
const WORDS: &[&str] = &[
    "the", "order", "of", "a", "vessel", "is", "checked", "before", "its", "berth", "when", "cargo",
    "changes", "and", "tariffs", "apply", "once", "more", "in", "each", "voyage",
];

/// The configuration that all programs get, which is the platform's default.
pub const CONFIG: &str = r#"{
  "plugins": [
    ["@semantic-release/commit-analyzer", {
      "preset": "conventionalcommits",
      "releaseRules": [{ "type": "chore", "release": "patch" }, { "breaking": true, "release": "major" }]
    }],
    ["@semantic-release/release-notes-generator", { "preset": "conventionalcommits" }]
  ]
}
"#;

/// Makes `folder/origin.git` and `folder/clone`.
pub fn make(folder: &Path, shape: &Shape) -> std::io::Result<()> {
    let (origin, clone) = (folder.join("origin.git"), folder.join("clone"));
    std::fs::create_dir_all(&origin)?;
    git(&origin, &["init", "--quiet", "--bare", "--initial-branch=master"])?;
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(&origin)
        .stdin(Stdio::piped())
        .spawn()?;
    let stdin = child
        .stdin
        .take()
        .ok_or_else(|| std::io::Error::other("no stdin"))?;
    import(&mut BufWriter::new(stdin), shape)?;
    if !child.wait()?.success() {
        return Err(std::io::Error::other("git fast-import failed"));
    }
    let (from, to) = (origin.display().to_string(), clone.display().to_string());
    git(folder, &["clone", "--quiet", "--origin", "origin", &from, &to])?;
    if shape.graph {
        git(&clone, &["commit-graph", "write", "--reachable"])?;
    }
    // Not of the history, so that git's status stays clean.
    std::fs::write(clone.join(".git/info/exclude"), ".releaserc.json\n")?;
    std::fs::write(clone.join(".releaserc.json"), CONFIG)
}

fn import(stream: &mut impl std::io::Write, shape: &Shape) -> std::io::Result<()> {
    let mut dice = Dice(7);
    let mut files = String::new();
    let manifest = |name: &str| {
        format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"0.0.0\",\n  \"private\": true\n}}\n")
    };
    let mut file = |path: &str, text: &str| {
        let _ = write!(files, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    };
    file("package.json", &manifest("root"));
    for package in 0..shape.packages {
        let folder = format!("packages/p{package:02}");
        file(
            &format!("{folder}/package.json"),
            &manifest(&format!("p{package:02}")),
        );
    }
    for commit in 0..=shape.commits {
        let time = 1_600_000_000 + commit * 600;
        let message = message(&mut dice, commit);
        write!(
            stream,
            "commit refs/heads/master\ncommitter Made Up <made-up@example.org> {time} +0000\ndata {}\n{message}\n",
            message.len()
        )?;
        let folder = match shape.packages {
            0 => "src".to_owned(),
            packages => format!("packages/p{:02}", dice.below(packages)),
        };
        if commit == 0 {
            stream.write_all(files.as_bytes())?;
        }
        let text = format!("{commit}\n");
        write!(
            stream,
            "M 100644 inline {folder}/{}.txt\ndata {}\n{text}\n",
            dice.below(40),
            text.len()
        )?;
        if commit + shape.since == shape.commits {
            tags(stream, shape)?;
        }
    }
    stream.flush()
}

fn tags(stream: &mut impl std::io::Write, shape: &Shape) -> std::io::Result<()> {
    write!(stream, "reset refs/tags/v1.0.0\nfrom refs/heads/master\n\n")?;
    for package in 0..shape.packages {
        write!(
            stream,
            "reset refs/tags/p{package:02}-v1.0.0\nfrom refs/heads/master\n\n"
        )?;
    }
    Ok(())
}

fn message(dice: &mut Dice, commit: usize) -> String {
    let mut words = |count: usize| {
        let words: Vec<&str> = (0..count).map(|_| dice.pick(WORDS)).collect();
        words.join(" ")
    };
    let (subject, body) = (words(5), words(24));
    let scope = dice.pick(&["", "", "(api)", "(web)"]);
    let mut text = format!("{}{scope}: {subject} {commit}", dice.pick(KINDS));
    if dice.below(3) == 0 {
        let _ = write!(text, "\n\n{body}\n\nCloses #{commit}");
    }
    text
}
