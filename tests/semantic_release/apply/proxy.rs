//! Faults of a network that a real server cannot be made to show: a proxy before it that loses, cuts or answers in its place.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It is answered with this status, and `Retry-After: 1`.
    Status(u16),
    /// The connection is cut before the server hears of it.
    Cut,
    /// The server does it, but its answer is lost.
    LostAnswer,
}

#[derive(Debug)]
struct Rule {
    what: String,
    fault: Fault,
    times: u32,
}

/// A proxy.
pub struct Proxy {
    /// Its address, without a slash at the end.
    pub url: String,
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Proxy {
    /// A proxy before the server at an address such as `http://127.0.0.1:3000`.
    pub fn before(server: &str) -> Self {
        let server = server
            .trim_end_matches('/')
            .trim_start_matches("http://")
            .to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let rules = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&rules);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, rules) = (server.clone(), Arc::clone(&shared));
                std::thread::spawn(move || serve(client, &server, &rules));
            }
        });
        Self { url, rules }
    }

    /// From now on, so many requests whose first line begins with this method and holds this text have a fault.
    pub fn fault(&self, what: &str, fault: Fault, times: u32) {
        self.rules.lock().expect("the rules").push(Rule {
            what: what.to_owned(),
            fault,
            times,
        });
    }

    /// How many faults have not happened.
    pub fn left(&self) -> u32 {
        self.rules
            .lock()
            .expect("the rules")
            .iter()
            .map(|rule| rule.times)
            .sum()
    }

    /// No more faults.
    pub fn heal(&self) {
        self.rules.lock().expect("the rules").clear();
    }
}

fn fault_of(line: &str, rules: &Mutex<Vec<Rule>>) -> Option<Fault> {
    let mut rules = rules.lock().expect("the rules");
    let rule = rules.iter_mut().find(|rule| {
        let (method, text) = rule.what.split_once(' ').unwrap_or((&rule.what, ""));
        rule.times > 0 && line.starts_with(method) && line.contains(text)
    })?;
    rule.times -= 1;
    Some(rule.fault)
}

fn serve(mut client: TcpStream, server: &str, rules: &Mutex<Vec<Rule>>) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let fault = fault_of(text.lines().next().unwrap_or_default(), rules);
    match fault {
        Some(Fault::Cut) => {
            let _ = client.shutdown(Shutdown::Both);
            return None;
        }
        Some(Fault::Status(status)) => {
            let answer = format!(
                "HTTP/1.1 {status} Fault\r\nRetry-After: 1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfault"
            );
            client.write_all(answer.as_bytes()).ok()?;
            // What is still coming is read, or the client would see a reset and not the answer.
            let _ = client.shutdown(Shutdown::Write);
            let _ = std::io::copy(&mut client, &mut std::io::sink());
            return None;
        }
        Some(Fault::LostAnswer) | None => {}
    }
    let mut upstream = TcpStream::connect(server).ok()?;
    // One request a connection, so that each passes here.
    let lines = text
        .trim_end()
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut head = lines.collect::<Vec<_>>().join("\r\n");
    head.push_str("\r\nConnection: close\r\n\r\n");
    upstream.write_all(head.as_bytes()).ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, upstream.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
    });
    if matches!(fault, Some(Fault::LostAnswer)) {
        let _ = upstream.read(&mut [0; 1]);
    } else {
        let _ = std::io::copy(&mut upstream, &mut client);
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = upstream.shutdown(Shutdown::Both);
    Some(())
}
