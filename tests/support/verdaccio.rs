//! A real npm registry for tests: verdaccio, which knows scopes, private packages and dist-tags.
//!
//! `make parts` installs it. One is shared by all tests of a test binary; it is gone when the test binary is, however that ends.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "each test uses a part of this; a test starts programs of its own, and fails by a panic"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Packages below `@secret/` are only for users; all others anybody may read.
const SETTINGS: &str = "
storage: ./storage
auth: { htpasswd: { file: ./htpasswd, max_users: 100, algorithm: sha1 } }
uplinks: {}
packages:
  '@secret/*': { access: $authenticated, publish: $authenticated }
  '**': { access: $all, publish: $authenticated }
max_body_size: 100mb
log: { type: stdout, format: json, level: warn }
";

/// A running registry.
pub struct Verdaccio {
    /// Its address, with a slash at the end.
    pub url: String,
    /// The token of a user who may publish.
    pub token: String,
    port: u16,
    _folder: tempfile::TempDir,
    _guard: Child,
}

impl Verdaccio {
    /// The registry all tests of this test binary share. Give each test its own package names.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Verdaccio> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = root.join(".cache/parts/verdaccio/node_modules/.bin/verdaccio");
        assert!(
            program.exists(),
            "the test registry is missing ({}); run: make tools parts",
            program.display()
        );
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.yaml"), SETTINGS).expect("written");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        // The guard ends the server when our end of its standard input closes, which it does however this process ends.
        let script = r#""$@" < /dev/null & server=$!; cat > /dev/null; kill -KILL $server; wait $server"#;
        let guard = Command::new("/bin/sh")
            .args(["-c", script, "sh"])
            .arg(root.join(".cache/tools/bin/node"))
            .arg(program)
            .arg("--config")
            .arg(folder.path().join("config.yaml"))
            .arg(format!("--listen=127.0.0.1:{port}"))
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("sh");
        let mut server = Self {
            url: format!("http://127.0.0.1:{port}/"),
            token: String::new(),
            port,
            _folder: folder,
            _guard: guard,
        };
        let begin = Instant::now();
        while server.exchange("GET", "/-/ping", None, None).is_none() {
            let log = std::fs::read_to_string(server._folder.path().join("log")).unwrap_or_default();
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "verdaccio does not answer:\n{log}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        server.token = server.create_user("ada");
        server
    }

    /// Makes a user and gives a token of theirs.
    pub fn create_user(&self, name: &str) -> String {
        let user = json!({"name": name, "password": "correct-horse-battery", "type": "user"});
        let path = format!("/-/user/org.couchdb.user:{name}");
        let (status, body) = self.json("PUT", &path, None, Some(&user)).expect("an answer");
        assert_eq!(status, 201, "{body}");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// What the registry knows about a package; null when nothing.
    pub fn package(&self, name: &str) -> Value {
        let path = format!("/{}", name.replace('/', "%2F"));
        match self.json("GET", &path, Some(&self.token), None) {
            Some((200, body)) => body,
            _ => Value::Null,
        }
    }

    /// The status that somebody without a token gets for a package.
    pub fn status_for_strangers(&self, name: &str) -> u16 {
        let path = format!("/{}", name.replace('/', "%2F"));
        self.exchange("GET", &path, None, None).expect("an answer").0
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Option<(u16, Vec<u8>)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        let token = token
            .map(|token| format!("Authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let (length, port) = (body.len(), self.port);
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{token}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let body = answer.split_off(end + 4);
        Some((head.split(' ').nth(1)?.parse().ok()?, body))
    }

    fn json(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let (status, body) = self.exchange(method, path, token, body)?;
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// The files of a published version, by name, as the registry gives them out.
    pub fn files(&self, name: &str, version: &str) -> Vec<(PathBuf, String)> {
        let packument = self.package(name);
        let tarball = packument["versions"][version]["dist"]["tarball"]
            .as_str()
            .expect("a file")
            .to_owned();
        let path = tarball
            .strip_prefix(self.url.trim_end_matches('/'))
            .expect("of this registry");
        let (status, bytes) = self
            .exchange("GET", path, Some(&self.token), None)
            .expect("an answer");
        assert_eq!(status, 200, "{tarball}");
        let reader = flate2::read::GzDecoder::new(bytes.as_slice());
        let mut archive = tar::Archive::new(reader);
        let mut files: Vec<(PathBuf, String)> = archive
            .entries()
            .expect("an archive")
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("text");
                (entry.path().expect("a path").into_owned(), text)
            })
            .collect();
        files.sort();
        files
    }
}
