//! The real semantic-release, asked what it would release: `tests/parts/semantic-release/ask.mjs` in Node of `make tools`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Longer than any answer takes that is going to come: its parser is cubic in the length of a word.
const LIMIT: Duration = Duration::from_secs(60);

/// What semantic-release answers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub version: Option<String>,
    pub last: Option<String>,
    pub tag: Option<String>,
    pub channel: Option<String>,
    pub last_tag: Option<String>,
    /// How many commits are in the range.
    pub commits: Option<usize>,
    /// Tags that only move to another channel.
    pub add_to_channel: Vec<String>,
    /// Why nothing is released.
    pub why: Option<String>,
    pub notes: Option<String>,
    /// The code of the first error; `TIMEOUT` where no answer came in time.
    pub error: Option<String>,
    pub errors: Vec<Option<String>>,
    pub message: Option<String>,
}

impl Answer {
    /// Whether the program crashed or hung, and so answered nothing.
    pub fn crashed(&self) -> bool {
        self.error
            .as_deref()
            .is_some_and(|code| !is_refusal(code) || self.errors.iter().any(|one| one.is_none()))
    }

    /// How it ends, as a place in a list of counts: released, nothing, refused, crashed.
    pub fn ends(&self) -> usize {
        match (&self.error, &self.version) {
            (Some(_), _) => 2 + usize::from(self.crashed()),
            (None, Some(_)) => 0,
            (None, None) => 1,
        }
    }

    fn timeout() -> Self {
        Self {
            error: Some("TIMEOUT".to_owned()),
            ..Self::default()
        }
    }
}

/// Codes of semantic-release's own errors, and those with which a plugin refuses its configuration.
fn is_refusal(code: &str) -> bool {
    code.strip_prefix('E')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase()))
}

#[allow(dead_code, reason = "each test uses its part of this file")]
/// The configuration that cases without their own are recorded with: the platform's rules, as Node's configuration writes them.
pub fn recorded_default() -> Value {
    json!({ "plugins": [
        ["@semantic-release/commit-analyzer", {
            "preset": "conventionalcommits",
            "releaseRules": [{ "type": "chore", "release": "patch" }],
        }],
        ["@semantic-release/release-notes-generator", { "preset": "conventionalcommits" }],
    ] })
}

/// The folder of the modules, and of Node.
pub fn installed() -> (PathBuf, PathBuf) {
    let modules = Path::new(ROOT).join(".cache/parts/semantic-release/node_modules");
    let node = Path::new(ROOT).join(".cache/tools/bin/node");
    assert!(node.exists(), "Node is missing: run `make tools`");
    assert!(
        modules.join("semantic-release/index.js").exists(),
        "semantic-release is missing: run `tests/parts/install semantic-release`"
    );
    (node, modules)
}

fn script(mode: &str, folder: &Path) -> Command {
    let (node, modules) = installed();
    let mut command = Command::new(node);
    command
        .arg(Path::new(ROOT).join("tests/parts/semantic-release/ask.mjs"))
        .arg(modules)
        .arg(mode)
        .current_dir(folder)
        .stderr(Stdio::inherit());
    command
}

/// Writes the configuration where it is not there already, and takes it away in the end.
struct Configured(Option<PathBuf>);

impl Configured {
    fn new(folder: &Path, config: &Value) -> Self {
        let file = folder.join(".releaserc.json");
        let before = std::fs::read_to_string(&file).ok();
        let text = config.to_string();
        if before.as_deref() == Some(text.as_str()) {
            return Self(None);
        }
        assert!(
            before.is_none(),
            "{} is there, with something else",
            file.display()
        );
        std::fs::write(&file, text).expect("a configuration");
        Self(Some(file))
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Asks in a fresh process; `mode` is empty, `--cli` or `--release`. The configuration is the complete one.
pub fn ask(mode: &str, folder: &Path, config: &Value) -> Answer {
    let _configured = Configured::new(folder, config);
    let mut child = script(mode, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut stdout = child.stdout.take().expect("its output");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let begun = Instant::now();
    while child.try_wait().expect("a state").is_none() {
        if begun.elapsed() > LIMIT {
            child.kill().expect("killed");
            child.wait().expect("ended");
            return Answer::timeout();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let text = reader.join().expect("a reader").expect("its output");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("semantic-release answered {text:?}: {error}"))
}

/// One long-lived process that answers about many repositories, one after the other.
pub struct Served {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Served {
    pub fn start() -> Self {
        let mut child = script("--serve", Path::new("/"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let (sender, answers) = channel();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            input: child.stdin.take().expect("its input"),
            child,
            answers,
        }
    }

    pub fn ask(&mut self, folder: &Path, config: &Value) -> Answer {
        let _configured = Configured::new(folder, config);
        writeln!(self.input, "{}", folder.display()).expect("a question");
        match self.answers.recv_timeout(LIMIT) {
            Ok(line) => serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("semantic-release answered {line:?}: {error}")),
            Err(_) => {
                *self = Self::start();
                Answer::timeout()
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
