//! What the figures were measured on: without it they mean little to anyone else.

use std::process::Command;

/// Prints cores, processor, load and the versions of every program that takes part.
pub fn print() {
    let cores = cores();
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = file("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?
                .split_once(':')
                .map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_default();
    println!(
        "Machine: {cores} cores, {processor}, load {}",
        file("/proc/loadavg").trim()
    );
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let text = output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default();
        let digits = |word: &&str| {
            word.trim_start_matches('v')
                .starts_with(|c: char| c.is_ascii_digit())
        };
        text.split_whitespace()
            .find(digits)
            .unwrap_or("missing")
            .to_owned()
    };
    let programs = ["git", "node", "eslint", "yamllint", "shellcheck"];
    let named: Vec<String> = programs
        .iter()
        .map(|program| format!("{program} {}", version(program)))
        .collect();
    println!(
        "Programs: {}, foundation {}",
        named.join(", "),
        env!("CARGO_PKG_VERSION")
    );
    if cfg!(debug_assertions) {
        println!("These are debug binaries: the figures are for development only.");
    }
}

/// The cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
