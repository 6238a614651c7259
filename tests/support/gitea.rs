//! A real forge server for tests: Gitea, which speaks the same API as Forgejo and can be had from a package registry.
//!
//! `make parts` builds it. One server is shared by all tests of a test binary ([`Gitea::shared`]); it lives in a private
//! folder, on a free port of the loopback device, never as root, and is gone when the test binary is, however that ends.
//!
//! Use it by `#[path = "support/gitea.rs"] mod gitea;`.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "each test uses a part of this; a test starts programs of its own, and fails by a panic"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

#[path = "gitea/part.rs"]
mod part;
use part::{environment, gitea, is_root, settings, within_reach};

/// How long the server may take to answer for the first time. It takes about two seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The one password of all accounts.
const PASSWORD: &str = "correct-horse-battery";
/// The administrator's name.
pub const ADMIN: &str = "operator";

/// A running server.
pub struct Gitea {
    /// Its address, without a slash at the end.
    pub url: String,
    /// A token of the administrator, who may do everything.
    pub token: String,
    port: u16,
    /// Removed by the guard below, which outlives us if we are killed.
    folder: PathBuf,
    guard: Child,
}

/// A repository on the server.
#[derive(Debug, Clone)]
pub struct Repo {
    /// `owner/name`.
    pub full_name: String,
    /// The address to clone from, without credentials.
    pub clone_url: String,
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when it is empty, a string when it is no JSON.
    pub body: Value,
}

impl Gitea {
    /// The server all tests of this test binary share, started by the first that asks. Give each test its own repository.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Gitea> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server of one's own. It ends when this is dropped.
    pub fn start() -> Self {
        let part = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/parts/gitea");
        let part = fs::canonicalize(&part).unwrap_or_else(|error| {
            panic!(
                "the test forge server is missing ({}: {error}); run: make setup parts",
                part.display()
            )
        });
        // A free port may be taken by another before the server has it, so a server that ends at once is tried anew.
        for _ in 0..5 {
            if let Some(server) = Self::try_start(&part) {
                return server;
            }
        }
        panic!("Gitea ended at once, five times; its log is above")
    }

    fn try_start(part: &Path) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("gitea-")
            .tempdir()
            .unwrap()
            .keep();
        let part = within_reach(part, &folder);
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("http://127.0.0.1:{port}");
        fs::create_dir(folder.join("home")).unwrap();
        fs::write(folder.join("app.ini"), settings(&part, &folder, port)).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        if is_root() {
            let done = Command::new("chown")
                .args(["-R", "nobody:nogroup"])
                .arg(&folder)
                .status()
                .unwrap();
            assert!(done.success(), "chown of {}", folder.display());
        }

        // The guard ends the server, all its children and its folder as soon as our end of its standard input closes: when
        // the server is dropped, and also when this process ends in any other way (a shared server is never dropped).
        let script = r#"folder=$1; shift
            setsid "$@" < /dev/null & server=$!
            echo $server > "$folder/pid"
            cat > /dev/null
            kill -KILL -$server; wait $server; rm -rf "$folder""#;
        let guard = Command::new("/bin/sh")
            .args(["-c", script, "sh"])
            .arg(&folder)
            .args(gitea(&part, &folder))
            .arg("web")
            .env_clear()
            .envs(environment(&folder))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();

        let mut server = Self {
            url,
            token: String::new(),
            port,
            folder,
            guard,
        };
        if !server.answers() {
            eprintln!("{}", server.log());
            return None;
        }
        server.token = server.create_admin(&part);
        Some(server)
    }

    /// Waits until the server answers; false when it has ended instead.
    fn answers(&self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if self
                .exchange("GET", "/api/v1/version", None, None)
                .is_some_and(|answer| answer.status == 200)
            {
                return true;
            }
            let pid = fs::read_to_string(self.folder.join("pid")).unwrap_or_default();
            if !pid.is_empty() && !Path::new("/proc").join(pid.trim()).exists() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("Gitea did not answer within {PATIENCE:?}:\n{}", self.log())
    }

    fn create_admin(&self, part: &Path) -> String {
        let mut program = gitea(part, &self.folder).into_iter();
        let output = Command::new(program.next().unwrap())
            .args(program)
            .args([
                "admin",
                "user",
                "create",
                "--admin",
                "--username",
                ADMIN,
                "--password",
                PASSWORD,
            ])
            .args([
                "--email",
                "operator@example.org",
                "--must-change-password=false",
                "--access-token",
            ])
            .args(["--access-token-scopes", "all"])
            .env_clear()
            .envs(environment(&self.folder))
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        text.split_whitespace()
            .rfind(|word| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .unwrap_or_else(|| panic!("no token: {text}{}", String::from_utf8_lossy(&output.stderr)))
            .to_owned()
    }

    /// What the server wrote so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Where it keeps everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        fs::read_to_string(self.folder.join("pid"))
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }

    /// Makes a user, who owns nothing yet, and gives a token of theirs with these scopes, such as `write:repository`.
    pub fn create_user(&self, name: &str, scopes: &[&str]) -> String {
        let user = json!({
            "username": name, "email": format!("{name}@example.org"), "password": PASSWORD, "must_change_password": false,
        });
        self.post("/admin/users", &user);
        self.create_user_token(name, scopes)
    }

    /// Another token of a user.
    pub fn create_user_token(&self, name: &str, scopes: &[&str]) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let body =
            json!({"name": format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed)), "scopes": scopes});
        let answer = self
            .exchange(
                "POST",
                &format!("/api/v1/users/{name}/tokens"),
                Some(&basic(name, PASSWORD)),
                Some(&body),
            )
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["sha1"].as_str().unwrap().to_owned()
    }

    /// Makes an empty public repository of the administrator's.
    pub fn create_repo(&self, name: &str) -> Repo {
        self.create_repo_with(&json!({"name": name}))
    }

    /// Makes a repository of the administrator's: `name`, `private` and what else the API takes. (No SHA-256: the server
    /// wants a git of 2.42 or newer for it.)
    pub fn create_repo_with(&self, options: &Value) -> Repo {
        let made = self.post("/user/repos", options);
        Repo {
            full_name: made["full_name"].as_str().unwrap().to_owned(),
            clone_url: made["clone_url"].as_str().unwrap().to_owned(),
        }
    }

    /// Lets a user write to a repository.
    pub fn add_writer(&self, repo: &Repo, name: &str) {
        let path = format!("/repos/{}/collaborators/{name}", repo.full_name);
        let answer = self.api("PUT", &path, &self.token, Some(&json!({"permission": "write"})));
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Pushes a local repository: `refspec` is as for git, such as
    /// `HEAD:refs/heads/master`. Gives the commit pushed, which the server then knows.
    pub fn push(&self, repo: &Repo, folder: &Path, refspec: &str) -> String {
        git(
            folder,
            &["push", "--quiet", "--force", &repo.clone_url, refspec],
            Some(&basic(ADMIN, PASSWORD)),
        );
        let (local, remote) = refspec.split_once(':').expect("refspec is local:refs/...");
        let sha = git(folder, &["rev-parse", &format!("{local}^{{commit}}")], None);
        if let Some(branch) = remote.strip_prefix("refs/heads/") {
            self.knows_branch(repo, branch, &sha);
        }
        sha
    }

    /// Waits until the server has taken note of a push, which it does after it has answered git.
    fn knows_branch(&self, repo: &Repo, branch: &str, sha: &str) {
        let path = format!("/repos/{}/branches/{branch}", repo.full_name);
        let begin = Instant::now();
        loop {
            let answer = self.api("GET", &path, &self.token, None);
            if answer.body["commit"]["id"] == sha {
                return;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{path}: {}\n{}",
                answer.body,
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Opens a pull request between two branches of the repository, or from `user:branch` of a fork. Gives its number.
    pub fn open_pull_request(&self, repo: &Repo, head: &str, base: &str, title: &str) -> u64 {
        let body = json!({"head": head, "base": base, "title": title});
        self.post(&format!("/repos/{}/pulls", repo.full_name), &body)["number"]
            .as_u64()
            .unwrap()
    }

    /// The comments of a pull request or issue, oldest first.
    pub fn comments(&self, repo: &Repo, number: u64) -> Vec<Value> {
        self.list(&format!("/repos/{}/issues/{number}/comments", repo.full_name))
    }

    /// The newest status of each context of a commit.
    pub fn statuses(&self, repo: &Repo, sha: &str) -> Vec<Value> {
        let combined = self.get(&format!(
            "/repos/{}/commits/{sha}/status?limit=50",
            repo.full_name
        ));
        combined["statuses"].as_array().cloned().unwrap_or_default()
    }

    /// Every status a commit was ever given, newest first.
    pub fn status_history(&self, repo: &Repo, sha: &str) -> Vec<Value> {
        self.list(&format!(
            "/repos/{}/commits/{sha}/statuses?limit=50",
            repo.full_name
        ))
    }

    /// GET as the administrator; fails unless it is there.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.api("GET", path, &self.token, None);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    fn list(&self, path: &str) -> Vec<Value> {
        self.get(path)
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("GET {path}: no list"))
    }

    /// POST as the administrator; fails unless something was made.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.api("POST", path, &self.token, Some(body));
        assert_eq!(answer.status, 201, "POST {path}: {}\n{}", answer.body, self.log());
        answer.body
    }

    /// Any request under `/api/v1`, with any token.
    pub fn api(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Answer {
        self.exchange(
            method,
            &format!("/api/v1{path}"),
            Some(&format!("token {token}")),
            body,
        )
        .unwrap_or_else(|| panic!("{method} {path}: the server is gone:\n{}", self.log()))
    }

    /// One HTTP/1.0 exchange, written out so that it works in any test, with an async runtime or without. None: no answer.
    fn exchange(
        &self,
        method: &str,
        path: &str,
        authorization: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let authorization = authorization
            .map(|value| format!("Authorization: {value}\r\n"))
            .unwrap_or_default();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\n{authorization}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            self.port
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let body = match body.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        Some(Answer { status, body })
    }
}

impl Drop for Gitea {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Runs git in a folder, without the machine's configuration, and gives what it printed. `authorization` is sent to the server
/// as a header that is in no address, file or argument.
pub fn git(folder: &Path, arguments: &[&str], authorization: Option<&str>) -> String {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", "Test"),
            ("GIT_AUTHOR_EMAIL", "test@example.org"),
            ("GIT_COMMITTER_NAME", "Test"),
            ("GIT_COMMITTER_EMAIL", "test@example.org"),
        ]);
    if let Some(authorization) = authorization {
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "http.extraHeader");
        command.env("GIT_CONFIG_VALUE_0", format!("Authorization: {authorization}"));
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn basic(user: &str, password: &str) -> String {
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))
    )
}
