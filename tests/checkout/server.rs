//! A small HTTP server in front of `git http-backend`: private below `/private/` and everywhere when told so, slow and broken
//! when told so.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assert_cmd::Command;
use base64::Engine as _;

use crate::world::CANARY;

/// What the server does beside answering.
#[derive(Default)]
pub struct Manner {
    /// Whether everything needs the token.
    pub private: bool,
    /// Whether it thinks about a pack until it is told otherwise.
    pub holds: bool,
    /// What it answers instead, this many times.
    pub instead: Option<(usize, String)>,
}

pub struct Server {
    address: String,
    manner: Arc<Mutex<Manner>>,
    seen: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Server {
    /// Serves the repositories below a folder.
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self {
            address: format!("http://{}", listener.local_addr().expect("an address")),
            manner: Arc::default(),
            seen: Arc::default(),
        };
        let (manner, seen, root) = (server.manner.clone(), server.seen.clone(), root.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, seen, root) = (manner.clone(), seen.clone(), root.clone());
                std::thread::spawn(move || answer(stream, &manner, &seen, &root));
            }
        });
        server
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn behaves(&self, manner: Manner) {
        *self.manner.lock().expect("the manner") = manner;
    }

    /// How often a pack was asked for so far.
    pub fn packs(&self) -> usize {
        self.seen()
            .iter()
            .filter(|(path, _)| path.ends_with("/git-upload-pack"))
            .count()
    }

    /// The requests so far: path, and whether the token came along.
    pub fn seen(&self) -> Vec<(String, bool)> {
        self.seen.lock().expect("the requests").clone()
    }
}

fn answer(stream: TcpStream, manner: &Mutex<Manner>, seen: &Mutex<Vec<(String, bool)>>, root: &PathBuf) {
    let Ok(other) = stream.try_clone() else { return };
    let (mut reader, mut stream) = (BufReader::new(other), stream);
    while let Some((method, target, headers)) = head(&mut reader) {
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let mut body = vec![
            0;
            header("content-length")
                .and_then(|length| length.parse().ok())
                .unwrap_or(0)
        ];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let token = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{CANARY}"));
        let known = header("authorization") == Some(&format!("Basic {token}"));
        seen.lock()
            .expect("the requests")
            .push((path.to_owned(), header("authorization").is_some()));
        let (private, instead) = {
            let mut manner = manner.lock().expect("the manner");
            let instead = match &mut manner.instead {
                Some((times, text)) if *times > 0 => {
                    *times -= 1;
                    Some(text.clone())
                }
                _ => None,
            };
            (manner.private, instead)
        };
        if let Some(text) = instead {
            let _ = stream.write_all(format!("HTTP/1.1 {text}\r\ncontent-length: 0\r\n\r\n").as_bytes());
            continue;
        }
        if (private || path.starts_with("/private/")) && !known {
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"forge\"\r\ncontent-length: 0\r\n\r\n");
            continue;
        }
        if method == "POST" {
            while manner.lock().expect("the manner").holds {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let output = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", &method)
            .env("CONTENT_TYPE", header("content-type").unwrap_or_default())
            .env(
                "HTTP_CONTENT_ENCODING",
                header("content-encoding").unwrap_or_default(),
            )
            .env("GIT_PROTOCOL", header("git-protocol").unwrap_or_default())
            .env("CONTENT_LENGTH", body.len().to_string())
            .write_stdin(body)
            .output()
            .expect("git http-backend");
        let split = output
            .stdout
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(output.stdout.len());
        let head = String::from_utf8_lossy(&output.stdout[..split]).into_owned();
        let content = output.stdout.get(split + 4..).unwrap_or_default();
        let status = head
            .lines()
            .find_map(|line| line.strip_prefix("Status: "))
            .unwrap_or("200 OK");
        let answer = format!(
            "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\n\r\n",
            content.len()
        );
        if stream
            .write_all(answer.as_bytes())
            .and_then(|()| stream.write_all(content))
            .is_err()
        {
            return;
        }
    }
}

/// Method, target and headers of a request.
type Head = (String, String, Vec<(String, String)>);

fn head(reader: &mut BufReader<TcpStream>) -> Option<Head> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    Some((method, target, headers))
}
