//! Every binary is one static file: no interpreter, nothing needed, and it works in a root that holds nothing else.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, mpsc};

use rustls_pki_types::PrivateKeyDer;

/// A name that only our own name server knows.
const FORGE: &str = "forge.empty-root.test";
const SHA: &str = "0123456789012345678901234567890123456789";

fn binaries() -> Vec<PathBuf> {
    let mut names = vec![env!("CARGO_BIN_EXE_foundation").to_owned()];
    let folder = Path::new(&names[0]).parent().expect("a folder").to_owned();
    names.extend(
        foundation::registry::ACTIONS
            .iter()
            .map(|action| folder.join(action.binary()).display().to_string()),
    );
    names.into_iter().map(PathBuf::from).collect()
}

fn readelf(option: &str, file: &Path) -> String {
    let output = Command::new("readelf")
        .args([option, "--wide"])
        .arg(file)
        .output();
    let output = output.expect("readelf is needed: run `make setup`, or install binutils");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_binary_is_a_static_pie() {
    for binary in binaries() {
        assert!(
            readelf("-h", &binary).contains("DYN (Position-Independent Executable file)"),
            "{}",
            binary.display()
        );
        assert!(
            !readelf("-l", &binary).contains("INTERP"),
            "{} has an interpreter",
            binary.display()
        );
        assert!(
            !readelf("-d", &binary).contains("(NEEDED)"),
            "{} needs a library",
            binary.display()
        );
    }
}

/// A root folder with the binary, a resolver configuration and a certificate authority, and nothing else.
struct EmptyRoot(tempfile::TempDir);

impl EmptyRoot {
    fn with(binary: &Path, ca: &str) -> Self {
        // Beside the binaries, so that a link will do: a copy that is still open for writing in a test that forks cannot run.
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("etc")).expect("etc");
        std::fs::create_dir_all(at("dev")).expect("dev");
        std::fs::create_dir_all(at("work")).expect("work");
        std::fs::hard_link(binary, at("program")).expect("a link");
        std::fs::write(at("etc/resolv.conf"), "nameserver 127.0.0.53\n").expect("resolv.conf");
        std::fs::write(at("etc/ca.pem"), ca).expect("ca.pem");
        Self(root)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        assert!(
            rustix::process::geteuid().is_root(),
            "chroot needs root: run this test as root, as CI does"
        );
        Command::new("/usr/sbin/chroot")
            .arg(self.0.path())
            .arg("/program")
            .args(arguments)
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .expect("chroot")
    }
}

#[test]
fn every_binary_starts_in_an_empty_root() {
    for binary in binaries() {
        let output = EmptyRoot::with(&binary, "").run(&["--version"], &[]);
        assert!(output.status.success(), "{}: {output:?}", binary.display());
        let name = binary.file_name().expect("a name").to_string_lossy().into_owned();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{name} {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

/// The one call that an action makes over the network by itself is the forge's API. Without git in its root, lint fails, and
/// says so to the forge: name resolution over DNS, TLS with a private authority, and the status are all real.
#[test]
fn lint_resolves_names_and_speaks_tls_in_an_empty_root() {
    let (ca, server) = https_server();
    let _names = name_server();
    let lint = binaries()
        .into_iter()
        .find(|binary| binary.ends_with("foundation-lint"))
        .expect("foundation-lint");
    let url = format!("https://{FORGE}:{}", server.port);
    let variables = [
        ("FORGEJO_ACTIONS", "true"),
        ("FORGEJO_SERVER_URL", url.as_str()),
        ("FORGEJO_REPOSITORY", "o/n"),
        ("FORGEJO_SHA", SHA),
        ("FOUNDATION_TOKEN", "canary-token-1234"),
        ("FOUNDATION_CA_FILE", "/etc/ca.pem"),
    ];
    let output = EmptyRoot::with(&lint, &ca).run(&["/work"], &variables);
    let log = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert!(log.contains("git is not on PATH"), "{log}");
    let request = server
        .requests
        .recv_timeout(std::time::Duration::from_secs(20))
        .expect(&log);
    assert!(
        request.starts_with(&format!("POST /api/v1/repos/o/n/statuses/{SHA} HTTP/1.1")),
        "{request}"
    );
    assert!(
        request.contains("\"state\":\"error\"") && request.contains("foundation/lint"),
        "{request}"
    );
}

struct Server {
    port: u16,
    requests: mpsc::Receiver<String>,
}

/// A server with a certificate of its own authority, which keeps what it is asked.
fn https_server() -> (String, Server) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let ca = authority.self_signed(&authority_key).expect("a certificate");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let leaf = rcgen::CertificateParams::new(vec![FORGE.to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a server");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut tcp = stream.expect("a connection");
            let mut tls = rustls::ServerConnection::new(Arc::new(config.clone())).expect("a session");
            let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // One request is one small JSON object: its end is the closing brace.
            while !request.ends_with(b"}") {
                match stream.read(&mut buffer) {
                    Ok(1..) if request.is_empty() && buffer.is_empty() => break,
                    Ok(0) | Err(_) => break,
                    Ok(count) => request.extend_from_slice(&buffer[..count]),
                }
            }
            let answer = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            let _ = stream.write_all(answer.as_bytes());
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
        }
    });
    (ca.pem(), Server { port, requests })
}

/// A name server that answers 127.0.0.1 for [`FORGE`] and nothing else (RFC 1035).
fn name_server() -> std::thread::JoinHandle<()> {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 53), 53));
    let socket = socket.expect("127.0.0.53:53 must be free, and binding it needs root");
    let question: Vec<u8> = FORGE
        .split('.')
        .flat_map(|label| std::iter::once(label.len().to_le_bytes()[0]).chain(label.bytes()))
        .chain([0])
        .collect();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut query) {
            let query = &query[..length];
            let end = 12 + question.len() + 4;
            let known = length >= end && query[12..12 + question.len()].eq_ignore_ascii_case(&question);
            let address = known && query[end - 4..end - 2] == [0, 1];
            let mut answer = query[..end.min(length)].to_vec();
            // Flags: an answer, recursion available; "no such name" for other names; one record or none.
            answer[2..12].copy_from_slice(&[
                0x81,
                if known { 0x80 } else { 0x83 },
                0,
                1,
                0,
                u8::from(address),
                0,
                0,
                0,
                0,
            ]);
            if address {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            }
            let _ = socket.send_to(&answer, peer);
        }
    })
}
