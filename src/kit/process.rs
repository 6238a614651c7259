//! The only starter of programs: no shell, no inherited secrets, a time limit, a size limit, and nothing left running.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::Secret;

mod descendants;
mod stream;
mod user;
pub mod watchdog;

pub use descendants::{harden, sweep};
pub use user::{User, is_root};

/// Variables a child may see. None of them is a secret of ours; proxies and certificate files are needed by anything that
/// talks to a network.
const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TERM",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
];

/// What a program printed is kept in memory up to this many bytes a stream; more is a failure, never a cut report.
const OUTPUT_LIMIT: usize = 256 * 1024 * 1024;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It returned an exit code.
    Code(i32),
    /// A signal killed it.
    Signal(i32),
    /// It ran longer than it was allowed to, and was killed.
    TimedOut(Duration),
}

impl End {
    /// Whether the exit code is 0.
    #[must_use]
    pub fn good(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            // The kernel's out-of-memory killer is by far the likeliest sender of this one.
            Self::Signal(9) => f.write_str("was killed by signal 9 (out of memory?)"),
            Self::Signal(signal) => write!(f, "was killed by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "did not end within {} s and was killed", limit.as_secs()),
        }
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Done {
    /// How it ended.
    pub end: End,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Done {
    /// The last lines of standard error, or of standard output where that is empty, for a failure's text.
    #[must_use]
    pub fn last_words(&self) -> String {
        let bytes = if self.stderr.trim_ascii().is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(12)..].join("\n  ")
    }
}

/// Finds a program on `PATH`.
#[must_use]
pub fn find(env: &Env, name: &str) -> Option<PathBuf> {
    let path = env.os("PATH")?;
    path_entries(path)
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

/// Finds a program on `PATH`, or says what is missing.
///
/// # Errors
/// Environment, naming the program.
pub fn require(env: &Env, name: &str) -> Result<PathBuf> {
    find(env, name).ok_or_else(|| {
        Failure::environment(format!("the program {name} is not on PATH")).hint(format!(
            "the foundation-ci image holds it; on a laptop run `make tools`, or install {name}"
        ))
    })
}

fn path_entries(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    // A relative entry would let the repository that is checked bring its own programs.
    path.as_bytes()
        .split(|&byte| byte == b':')
        .map(|entry| PathBuf::from(OsStr::from_bytes(entry)))
        .filter(|e| e.is_absolute())
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A program to run.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    directory: Option<PathBuf>,
    stdin: Vec<u8>,
    limit: Duration,
    user: Option<User>,
    setpriv: Option<PathBuf>,
}

impl Cmd {
    /// A program with the few harmless variables of the environment, and a time limit of ten minutes.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, env: &Env) -> Self {
        let variables = env
            .iter()
            .filter(|(name, _)| INHERITED.iter().any(|known| OsStr::new(known) == *name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables,
            directory: None,
            stdin: Vec::new(),
            limit: Duration::from_secs(600),
            user: None,
            setpriv: find(env, "setpriv"),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets a variable to a secret. Only for a program that needs it, and never for foreign code.
    #[must_use]
    pub fn secret_env(self, name: &str, secret: &Secret) -> Self {
        self.env(name, secret.expose())
    }

    /// Sets the working directory.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets what the program reads from standard input; nothing by default.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets the time limit.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it as another user, with no way to gain privileges (`setpriv --no-new-privs`).
    #[must_use]
    pub fn user(mut self, user: Option<&User>) -> Self {
        if let Some(user) = user {
            self.user = Some(user.clone());
            self = self
                .env("HOME", user.home.clone())
                .env("USER", user.name.clone())
                .env("LOGNAME", user.name.clone());
        }
        self
    }

    /// The program's name, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        self.program
            .file_name()
            .unwrap_or(self.program.as_os_str())
            .to_string_lossy()
            .into_owned()
    }

    #[allow(clippy::disallowed_methods, reason = "the one home of starting programs")]
    fn build(&self) -> Result<tokio::process::Command> {
        let mut command = match (&self.setpriv, &self.user) {
            (Some(setpriv), user) => {
                // The child dies with us, even when we are killed in a way that leaves no time to tidy up.
                let mut command = tokio::process::Command::new(setpriv);
                command.arg("--pdeathsig=KILL");
                if let Some(user) = user {
                    command
                        .arg(format!("--reuid={}", user.uid))
                        .arg(format!("--regid={}", user.gid));
                    command.args(["--clear-groups", "--no-new-privs"]);
                }
                command.arg("--").arg(&self.program);
                command
            }
            (None, Some(user)) => {
                return Err(Failure::environment(format!(
                    "setpriv is needed to run {} as {}",
                    self.name(),
                    user.name
                ))
                .hint("install util-linux, or run in the foundation-ci image"));
            }
            (None, None) => tokio::process::Command::new(&self.program),
        };
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .kill_on_drop(true)
            .process_group(0);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let stdin = if self.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// Starts it, in a process group of its own that dies when the second value is dropped, or when we are killed.
    fn start(&self) -> Result<(tokio::process::Child, Option<KillGroup>)> {
        let mut command = self.build()?;
        if let Some(mark) = watchdog::start() {
            command.env(watchdog::MARK, mark);
        }
        let child = command
            .spawn()
            .map_err(|error| Failure::environment(format!("cannot run {}", self.name())).because(error))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok((child, group.map(KillGroup::new)))
    }

    /// Runs the program and keeps what it prints. When this future is dropped, or the time is up, the program and its whole
    /// process group are killed.
    ///
    /// # Errors
    /// Environment, when the program cannot be started or printed more than fits. How it ended is no error: see
    /// [`Done::end`].
    pub async fn capture(&self) -> Result<Done> {
        let cannot = |error: std::io::Error| {
            Failure::environment(format!("cannot run {}", self.name())).because(error)
        };
        if !is_program(&self.program) {
            return Err(Failure::environment(format!(
                "{} is no program",
                self.program.display()
            )));
        }
        let (mut child, _group) = self.start()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program that does not read its input says so by how it ends.
                let _ = stdin.write_all(&self.stdin).await;
            }
        };
        let work = async {
            let ((), stdout, stderr) = tokio::join!(feed, self.read(stdout), self.read(stderr));
            let status = child.wait().await.map_err(cannot)?;
            let end = std::os::unix::process::ExitStatusExt::signal(&status)
                .map_or_else(|| End::Code(status.code().unwrap_or(-1)), End::Signal);
            Ok::<Done, Failure>(Done {
                end,
                stdout: stdout?,
                stderr: stderr?,
            })
        };
        match tokio::time::timeout(self.limit, work).await {
            Ok(done) => done,
            Err(_) => Ok(Done {
                end: End::TimedOut(self.limit),
                stdout: Vec::new(),
                stderr: Vec::new(),
            }),
        }
    }

    /// Runs the program and returns its standard output.
    ///
    /// # Errors
    /// Environment, when it does not end with exit code 0; its last words are in the message.
    pub async fn output(&self) -> Result<Vec<u8>> {
        let done = self.capture().await?;
        if done.end.good() {
            return Ok(done.stdout);
        }
        Err(Failure::environment(format!(
            "{} {}:\n  {}",
            self.name(),
            done.end,
            done.last_words()
        )))
    }

    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let mut stream = stream.take(OUTPUT_LIMIT as u64 + 1);
            stream.read_to_end(&mut bytes).await.map_err(|error| {
                Failure::environment(format!("cannot read what {} prints", self.name())).because(error)
            })?;
        }
        if bytes.len() > OUTPUT_LIMIT {
            return Err(Failure::environment(format!(
                "{} printed more than {OUTPUT_LIMIT} bytes",
                self.name()
            )));
        }
        Ok(bytes)
    }
}

/// Kills a process group when dropped. Its leader may be gone by then; its children need not be.
#[derive(Debug)]
struct KillGroup(Pid);

impl KillGroup {
    fn new(group: Pid) -> Self {
        watchdog::add(group);
        Self(group)
    }
}

impl Drop for KillGroup {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(self.0, Signal::KILL);
        watchdog::remove(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn env() -> Env {
        [("PATH", "/usr/bin:/bin"), ("SECRET_THING", "s"), ("LANG", "C")]
            .into_iter()
            .collect()
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    #[test]
    fn a_child_sees_only_harmless_variables() {
        let text = run(Cmd::new("/usr/bin/env", &env()).output()).expect("env");
        assert_eq!(String::from_utf8_lossy(&text), "LANG=C\nPATH=/usr/bin:/bin\n");
    }

    #[test]
    fn a_program_over_its_time_is_killed_with_its_children() {
        let started = Instant::now();
        let script = "sleep 60 & sleep 60";
        let cmd = Cmd::new("/bin/sh", &env())
            .args(["-c", script])
            .limit(Duration::from_millis(200));
        assert_eq!(
            run(cmd.capture()).expect("done").end,
            End::TimedOut(Duration::from_millis(200))
        );
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn signals_and_codes_are_told_apart() {
        let end = |script: &str| {
            run(Cmd::new("/bin/sh", &env()).args(["-c", script]).capture())
                .expect("done")
                .end
        };
        assert_eq!(end("exit 3"), End::Code(3));
        assert_eq!(end("kill -9 $$"), End::Signal(9));
    }

    #[test]
    fn input_is_fed_and_relative_path_entries_are_not_searched() {
        let text = run(Cmd::new("/bin/cat", &env()).stdin("hello").output()).expect("cat");
        assert_eq!(text, b"hello");
        assert_eq!(find(&[("PATH", ".:bin")].into_iter().collect(), "sh"), None);
    }

    #[test]
    fn a_missing_program_is_an_environment_failure() {
        let failure = require(&env(), "no-such-program").expect_err("missing");
        assert_eq!(failure.kind(), crate::kit::outcome::Kind::Environment);
        assert!(run(Cmd::new("/no/such", &env()).capture()).is_err());
    }
}
