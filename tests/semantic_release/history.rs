//! Histories of every shape: our answers against those of `git log` itself, and what is missing, cut off or hostile.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use foundation::kit::git::Repo;
use foundation::kit::git::graph::Graph;
use foundation::kit::outcome::Kind;
use foundation::semantic_release::analyze::{Analysis, ReleaseType};
use foundation::semantic_release::branches::Setting;
use foundation::semantic_release::branches::format::TagFormat;
use foundation::semantic_release::commit::Commit;
use foundation::semantic_release::decide::{Ask, World};
use foundation::semantic_release::history::folders::Folders;
use foundation::semantic_release::history::remote::Remote;
use foundation::semantic_release::proposal::styles::Style;

use crate::world::{decide, git, git_at};

/// Small numbers without a pattern, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What the tests release: a minor, whatever the commits say.
fn minor(commits: &[Commit]) -> Analysis {
    Analysis {
        kind: (!commits.is_empty()).then_some(ReleaseType::Minor),
        ..Analysis::default()
    }
}

/// A repository with a bare remote beside it.
struct Pair {
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = Self { folder };
        let path = |name: &str| pair.folder.path().join(name).to_string_lossy().into_owned();
        git(
            pair.folder.path(),
            &["init", "-q", "--bare", "-b", "master", &path("origin.git")],
        );
        git(pair.folder.path(), &["init", "-q", "-b", "master", &path("repo")]);
        git(&pair.repo(), &["remote", "add", "origin", &path("origin.git")]);
        pair
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    fn commit(&self, message: &str) {
        git(&self.repo(), &["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn push(&self) {
        git(&self.repo(), &["push", "-q", "--all", "origin"]);
        git(&self.repo(), &["push", "-q", "--tags", "origin"]);
    }
}

/// Hands a stream to `git fast-import`.
fn import(folder: &Path, stream: &[u8]) {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(stream)
        .expect("written");
    assert!(child.wait().expect("git ends").success());
}

/// What a squash would release of the packages `.`, `a` and `b`, in this order; `topic` is what is merged.
fn squashed(pair: &Pair, topic: &str) -> Vec<usize> {
    let repo = Repo::open(&pair.repo()).expect("a repository");
    let commit = |name: &str| git2::Oid::from_str(&git(&pair.repo(), &["rev-parse", name])).expect("a hash");
    let remote = Remote::of_itself(&repo).expect("refs");
    let commits = |folder: usize| {
        let folders = Folders::new([".", "a", "b"]);
        let mut world = World::read(&repo, &remote, "master", folders).expect("a world");
        let message = |_: &str| Some("feat: squashed".to_owned());
        let merged = world.merge(commit("master"), commit(topic), Style::Squash, &message);
        assert!(merged.expect("a merge"));
        let ask = Ask {
            branches: &Setting::defaults(),
            format: &TagFormat::default(),
            analyze: &minor,
            folder: Some(folder),
        };
        world.decide(&ask).expect("a decision").commits.len()
    };
    (0..3).map(commits).collect()
}

#[test]
fn a_squash_touches_what_is_different_in_the_end() {
    let pair = Pair::new();
    let write = |path: &str, text: &str| {
        let path = pair.repo().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
        git(&pair.repo(), &["add", "--all"]);
    };
    write("a/one", "1");
    pair.commit("feat: start");
    git(&pair.repo(), &["tag", "v1.0.0"]);
    git(&pair.repo(), &["checkout", "-q", "-b", "topic"]);
    for (path, text) in [("a/one", "2"), ("b/one", "1"), ("one", "1")] {
        write(path, text);
        pair.commit("feat: there");
    }
    // Moved on meanwhile, in a package that the topic does not touch in the end.
    git(&pair.repo(), &["checkout", "-q", "master"]);
    write("b/other", "1");
    pair.commit("feat: meanwhile");
    pair.push();
    assert_eq!(squashed(&pair, "topic"), [1, 1, 2]);

    git(&pair.repo(), &["checkout", "-q", "topic"]);
    git(&pair.repo(), &["rm", "-q", "one", "b/one"]);
    pair.commit("fix: and back");
    git(&pair.repo(), &["checkout", "-q", "master"]);
    assert_eq!(squashed(&pair, "topic"), [0, 1, 1]);
}

#[test]
fn a_squash_of_histories_with_nothing_in_common_touches_all_its_files() {
    let pair = Pair::new();
    pair.commit("feat: start");
    git(&pair.repo(), &["tag", "v1.0.0"]);
    pair.push();
    git(&pair.repo(), &["checkout", "-q", "--orphan", "topic"]);
    std::fs::create_dir(pair.repo().join("a")).expect("made");
    std::fs::write(pair.repo().join("a/one"), "1").expect("written");
    git(&pair.repo(), &["add", "--all"]);
    pair.commit("feat: other");
    git(&pair.repo(), &["checkout", "-q", "master"]);
    assert_eq!(squashed(&pair, "topic"), [0, 1, 0]);
}

#[test]
fn ranges_are_those_of_git_log_also_where_clocks_are_wrong() {
    for seed in 1..=40 {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "-q", "--bare"]);
        let mut numbers = Numbers(seed * 7919);
        let skew = [1, 10, 1_000, 1_000_000][usize::try_from(seed).expect("small") % 4];
        let mut stream = String::new();
        let count = 60;
        for at in 1..=count {
            let time = 1_000_000 + at * 100 + numbers.below(skew) - numbers.below(skew.min(1_000_000));
            let _ = write!(
                stream,
                "commit refs/heads/c{at}\nmark :{at}\ncommitter A <a@b> {time} +0000\ndata 1\nx\n"
            );
            if at > 1 && numbers.below(20) > 0 {
                let parent = at - 1 - numbers.below((at - 1).min(4));
                let _ = writeln!(stream, "from :{parent}");
                for _ in 0..numbers.below(3) {
                    let other = 1 + numbers.below(at - 1);
                    if other != parent {
                        let _ = writeln!(stream, "merge :{other}");
                        break;
                    }
                }
            } else {
                let _ = writeln!(stream, "from {}", "0".repeat(40));
            }
            stream.push('\n');
        }
        import(folder.path(), stream.as_bytes());
        let repo = Repo::open(folder.path()).expect("a repository");
        let mut graph = Graph::new(&repo).expect("a graph");
        for _ in 0..30 {
            let (from, to) = (1 + numbers.below(count), 1 + numbers.below(count));
            let id = |graph: &mut Graph<'_>, at: u64| {
                let oid = repo.resolve(&format!("refs/heads/c{at}")).expect("a commit");
                graph.id(oid)
            };
            let (start, end) = (id(&mut graph, from), id(&mut graph, to));
            let ours = |graph: &mut Graph<'_>, start| -> Vec<String> {
                let range = graph.range(start, end).expect("a range");
                range.into_iter().map(|id| graph.oid(id).to_string()).collect()
            };
            let theirs = |range: &str| -> Vec<String> {
                git(folder.path(), &["log", "--format=%H", range])
                    .lines()
                    .map(str::to_owned)
                    .collect()
            };
            assert_eq!(
                ours(&mut graph, Some(start)),
                theirs(&format!("c{from}..c{to}")),
                "seed {seed}: c{from}..c{to}"
            );
            assert_eq!(
                ours(&mut graph, None),
                theirs(&format!("c{to}")),
                "seed {seed}: c{to}"
            );
            let below = theirs(&format!("c{to}")).contains(&graph.oid(start).to_string());
            assert_eq!(
                graph.reaches(end, start).expect("an answer"),
                below,
                "seed {seed}: c{from} below c{to}"
            );
            // The same with nothing known yet.
            let mut fresh = Graph::new(&repo).expect("a graph");
            let (start, end) = (id(&mut fresh, from), id(&mut fresh, to));
            assert_eq!(
                fresh.reaches(end, start).expect("an answer"),
                below,
                "seed {seed}: c{from} below c{to}"
            );
        }
    }
}

#[test]
fn the_cost_grows_with_the_commits_since_the_tag() {
    let pair = Pair::new();
    let mut stream = String::new();
    for at in 1..=5_000 {
        let _ = write!(
            stream,
            "commit refs/heads/master\ncommitter A <a@b> {} +0000\ndata 6\nfix: x\n\n",
            1_000_000 + at * 60
        );
        if at == 4_900 {
            stream.push_str("reset refs/tags/v1.0.0\nfrom refs/heads/master\n\n");
        }
    }
    import(&pair.repo(), stream.as_bytes());
    git(&pair.repo(), &["reset", "-q", "--hard"]);
    pair.push();
    let repo = Repo::open(&pair.repo()).expect("a repository");
    let remote = Remote::of_itself(&repo).expect("refs");
    let mut world = World::read(&repo, &remote, "master", Folders::default()).expect("a world");
    let decision = world
        .decide(&Ask {
            branches: &Setting::defaults(),
            format: &TagFormat::default(),
            analyze: &minor,
            folder: None,
        })
        .expect("a decision");
    assert_eq!(decision.commits.len(), 100);
    assert!(
        world.read_commits() < 220,
        "{} commits were read",
        world.read_commits()
    );
}

#[test]
fn a_hundred_thousand_tags_are_looked_at_quickly() {
    let pair = Pair::new();
    pair.commit("feat: one");
    let head = git(&pair.repo(), &["rev-parse", "HEAD"]);
    git(&pair.repo(), &["checkout", "-q", "--orphan", "other"]);
    pair.commit("feat: elsewhere");
    let other = git(&pair.repo(), &["rev-parse", "HEAD"]);
    git(&pair.repo(), &["checkout", "-q", "master"]);
    let mut packed = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    let mut names: Vec<String> = (0..100_000).map(|at| format!("refs/tags/v1.{at}.0")).collect();
    names.sort();
    for name in &names {
        // All but the lowest are in another history, so each has to be looked at.
        let target = if name.ends_with("/v1.0.0") { &head } else { &other };
        let _ = writeln!(packed, "{target} {name}");
    }
    std::fs::write(pair.repo().join(".git/packed-refs"), packed).expect("written");
    git(&pair.repo(), &["push", "-q", "origin", "master"]);
    let started = std::time::Instant::now();
    let decision = decide(&pair.repo(), "master", &minor).expect("a decision");
    assert_eq!(decision.last.expect("a release").tag, "v1.0.0");
    let took = started.elapsed();
    println!("100,000 tags: {} ms", took.as_millis());
    assert!(took.as_secs() < 10, "{took:?}");
}

#[test]
fn a_shallow_clone_is_completed_and_nothing_of_the_persons_moves() {
    let pair = Pair::new();
    for at in 0..6 {
        pair.commit(&format!("fix: {at}"));
        if at == 1 {
            git(&pair.repo(), &["tag", "-a", "-m", "release", "v1.0.0"]);
        }
    }
    git(&pair.repo(), &["checkout", "-qb", "next"]);
    pair.commit("feat: next");
    git(&pair.repo(), &["tag", "v1.1.0"]);
    git(&pair.repo(), &["checkout", "-q", "master"]);
    pair.push();
    let address = format!("file://{}", pair.path("origin.git").display());
    let shallow = pair.path("shallow");
    git(
        pair.folder.path(),
        &[
            "clone",
            "-q",
            "--no-tags",
            "--depth=1",
            &address,
            &shallow.to_string_lossy(),
        ],
    );
    let before = git(
        &shallow,
        &["for-each-ref", "refs/heads", "refs/remotes", "refs/tags"],
    );
    let decision = decide(&shallow, "master", &|commits| Analysis {
        kind: (!commits.is_empty()).then_some(ReleaseType::Patch),
        ..Analysis::default()
    })
    .expect("a decision");
    assert_eq!(decision.last.expect("a release").tag, "v1.0.0");
    assert_eq!(decision.commits.len(), 4);
    assert_eq!(decision.next.expect("a release").tag, "v1.0.1");
    assert_eq!(decision.range.as_deref(), Some(">=1.0.0 <1.1.0"));
    assert_eq!(
        git(
            &shallow,
            &["for-each-ref", "refs/heads", "refs/remotes", "refs/tags"]
        ),
        before
    );
    assert_eq!(git(&shallow, &["status", "--porcelain"]), "");
    // Once more, and nothing is missing any longer.
    assert_eq!(
        decide(&shallow, "master", &minor)
            .expect("a decision")
            .commits
            .len(),
        4
    );
}

#[test]
fn a_blobless_clone_is_read_as_it_is() {
    let pair = Pair::new();
    for at in 0..4 {
        std::fs::write(pair.repo().join("file"), format!("{at}\n")).expect("written");
        git(&pair.repo(), &["add", "."]);
        pair.commit(&format!("fix: {at}"));
    }
    git(&pair.repo(), &["tag", "v1.0.0", "HEAD~2"]);
    pair.push();
    git(
        &pair.path("origin.git"),
        &["config", "uploadpack.allowFilter", "true"],
    );
    let address = format!("file://{}", pair.path("origin.git").display());
    let clone = pair.path("clone");
    git(
        pair.folder.path(),
        &[
            "clone",
            "-q",
            "--filter=blob:none",
            &address,
            &clone.to_string_lossy(),
        ],
    );
    let decision = decide(&clone, "master", &minor).expect("a decision");
    assert_eq!(
        (
            decision.commits.len(),
            decision.last.expect("a release").tag.as_str()
        ),
        (2, "v1.0.0")
    );
    let repo = Repo::open(&clone.join(".")).expect("a repository");
    assert_eq!(repo.root(), clone.canonicalize().expect("a folder"));
    let head = repo.head().expect("a head").commit.expect("a commit");
    assert_eq!(
        repo.file(head, Path::new("file")).expect("readable").as_deref(),
        Some(&b"3\n"[..])
    );
    let old = repo.resolve("refs/tags/v1.0.0").expect("a commit");
    assert_eq!(
        repo.file(old, Path::new("file")).expect_err("not here").kind(),
        Kind::Environment
    );
}

#[test]
fn detached_heads_and_branches_behind_are_told_apart() {
    let pair = Pair::new();
    pair.commit("feat: one");
    git(&pair.repo(), &["tag", "v1.0.0"]);
    pair.commit("feat: two");
    pair.push();
    git(&pair.repo(), &["checkout", "-q", "--detach"]);
    let decision = decide(&pair.repo(), "master", &minor).expect("a decision");
    assert_eq!(decision.next.expect("a release").tag, "v1.1.0");
    git(&pair.repo(), &["checkout", "-q", "--detach", "HEAD~1"]);
    let decision = decide(&pair.repo(), "master", &minor).expect("a decision");
    assert_eq!((decision.nothing, decision.next), (Some("behind-remote"), None));
    let decision = decide(&pair.repo(), "topic", &minor).expect("a decision");
    assert_eq!(decision.nothing, Some("branch-not-configured"));
}

#[test]
fn what_is_no_repository_or_cannot_be_read_is_said() {
    let pair = Pair::new();
    // No commit at all.
    assert_eq!(
        Repo::open(&pair.repo())
            .expect("a repository")
            .head()
            .expect("a head")
            .commit,
        None
    );
    let failure = decide(&pair.repo(), "master", &minor).expect_err("no commit, so no branch either");
    assert_eq!(failure.kind(), Kind::Config);
    let bare = tempfile::tempdir().expect("a folder");
    let failure = Repo::open(bare.path()).expect_err("no repository");
    assert!(
        failure.to_string().contains("is in no git repository"),
        "{failure}"
    );
    let other = tempfile::tempdir().expect("a folder");
    git(other.path(), &["init", "-q", "--object-format=sha256"]);
    let failure = Repo::open(other.path()).expect_err("SHA-256");
    assert_eq!(failure.kind(), Kind::Config);
    assert!(failure.to_string().contains("SHA-256"), "{failure}");
}

#[test]
fn a_tag_that_stands_elsewhere_is_refused() {
    let pair = Pair::new();
    pair.commit("feat: one");
    git(&pair.repo(), &["checkout", "-qb", "topic"]);
    pair.commit("feat: two");
    git(&pair.repo(), &["tag", "v1.0.0"]);
    git(&pair.repo(), &["checkout", "-q", "master"]);
    pair.push();
    git(&pair.repo(), &["tag", "-d", "v1.0.0"]);
    let decision = decide(&pair.repo(), "master", &minor).expect("a decision");
    assert_eq!(decision.refusals[0].code, "tag-elsewhere");
    assert_eq!(decision.next, None);
}

#[test]
fn bytes_that_are_no_text_break_nothing() {
    let pair = Pair::new();
    let mut stream = b"commit refs/heads/master\nauthor \xff\xfe <\xfc@b> 1000000 +0000\ncommitter A <a@b> 1000000 +0000\ndata 9\nfeat: \xff\xfe\n\n\n".to_vec();
    stream.extend(b"commit refs/heads/\xff\ncommitter A <a@b> 1000001 +0000\ndata 2\nx\n\n");
    stream.extend(b"reset refs/tags/v1.0.0-\xff\nfrom refs/heads/master\n\n");
    import(&pair.repo(), &stream);
    git(&pair.repo(), &["reset", "-q", "--hard"]);
    pair.push();
    let decision = decide(&pair.repo(), "master", &minor).expect("a decision");
    assert_eq!(decision.commits[0].message, "feat: \u{fffd}\u{fffd}");
    assert_eq!(decision.commits[0].author.name, "\u{fffd}\u{fffd}");
    assert_eq!(decision.next.expect("a release").tag, "v1.0.0");
    let _ = git_at(&pair.repo(), 5, &["fsck", "--no-dangling"]);
}

#[test]
fn a_note_is_a_tags_channel_and_rubbish_is_none() {
    let pair = Pair::new();
    pair.commit("feat: one");
    git(&pair.repo(), &["tag", "v1.0.0"]);
    git(&pair.repo(), &["checkout", "-qb", "beta"]);
    pair.commit("feat: two");
    git(&pair.repo(), &["tag", "-a", "-m", "release", "v1.1.0-beta.1"]);
    let note = |text: &str| {
        let name = "--ref=semantic-release-v1.1.0-beta.1";
        git(
            &pair.repo(),
            &["notes", name, "add", "-f", "-m", text, "v1.1.0-beta.1^{}"],
        );
    };
    pair.commit("fix: three");
    pair.push();
    git(&pair.repo(), &["push", "-q", "origin", "--all"]);
    for (text, last) in [
        (r#"{"channels":["beta"]}"#, "v1.1.0-beta.1"),
        (r#"{"channels":["edge"]}"#, "v1.0.0"),
        // Without a note that can be read the tag counts, so that no version comes twice.
        ("rubbish", "v1.1.0-beta.1"),
        (r#"{"channels":"beta"}"#, "v1.1.0-beta.1"),
    ] {
        note(text);
        let decision = decide(&pair.repo(), "beta", &minor).expect("a decision");
        assert_eq!(decision.last.expect("a release").tag, last, "{text}");
    }
}
