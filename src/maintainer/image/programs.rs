//! Our own programs: built so that every clone gives the same bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};
use crate::kit::report::Report;
use crate::registry;

use super::inspect::LABEL;

/// What cargo itself is set by.
const CARGO: &[&str] = &[
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_JOBS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
];

/// `cargo auditable build` would name this by its full path, which cargo hashes into what it builds: other bytes for another cache
/// folder. By its bare name, which is found on `PATH`, the bytes are the same everywhere. The rest of what `cargo auditable` does
/// is to hand over which of these arguments it was given; the version is fixed (`tools/install-cargo`), and another
/// one that wants more fails.
const AUDITABLE: &str = "cargo-auditable";
const AUDITABLE_ARGUMENTS: &str = r#"{"offline":false,"locked":true,"frozen":false,"config":[]}"#;

/// Builds the programs for release, and returns the folder they are in.
///
/// # Errors
/// Environment, with the compiler's last words.
pub async fn build(root: &Path, context: &Context, report: &Report) -> Result<PathBuf> {
    let env = &context.env;
    let program = process::find(env, "cargo").ok_or_else(|| {
        Failure::environment("the program cargo is not on PATH").hint("install Rust, see https://rustup.rs")
    })?;
    // Writes the list of what a program is made of into it, so that an auditor needs nothing but the program.
    process::find(env, AUDITABLE).ok_or_else(|| {
        Failure::environment("the program cargo-auditable is not on PATH")
            .hint("run `tools/install-cargo`, or `make image`")
    })?;
    let home = match (env.os("CARGO_HOME"), env.os("HOME")) {
        (Some(home), _) => PathBuf::from(home),
        (None, Some(home)) => Path::new(home).join(".cargo"),
        (None, None) => return Err(Failure::config("set CARGO_HOME, or HOME, for cargo")),
    };
    // No path of this machine gets into a program. These replace the flags of .cargo/config.toml, so its own one is here again.
    let mut flags = OsString::from("-Ctarget-feature=+crt-static");
    let mut c_flags = OsString::new();
    for (path, name) in [(root, "/foundation"), (&home, "/cargo")] {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(path);
        flags.push(format!("={name}"));
        c_flags.push(" -ffile-prefix-map=");
        c_flags.push(path);
        c_flags.push(format!("={name}"));
    }
    let mut cargo = Cmd::new(program, env)
        .args(["build", "--locked", "--release", "--bins"])
        .env("RUSTC_WORKSPACE_WRAPPER", AUDITABLE)
        .env("CARGO_AUDITABLE_ORIG_ARGS", AUDITABLE_ARGUMENTS)
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env("CFLAGS", c_flags)
        .directory(root)
        .limit(Duration::from_secs(3600));
    for name in CARGO {
        if let Some(value) = env.os(name) {
            cargo = cargo.env(*name, value);
        }
    }
    report.say("building our programs (some minutes, the first time)");
    cargo.output().await?;
    let target = env
        .os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |target| root.join(target));
    Ok(target.join("x86_64-unknown-linux-gnu/release"))
}

/// The programs of the registry in a folder, and no others.
///
/// # Errors
/// Configuration, when one is missing.
pub fn find(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut names: Vec<String> = registry::ACTIONS.iter().map(registry::Action::binary).collect();
    names.push(registry::MAINTAINER_BINARY.to_owned());
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let file = folder.join(&name);
            if file.is_file() {
                return Ok((name, file));
            }
            Err(Failure::config(format!("{} is not there", file.display()))
                .hint("leave --programs out, and they are built"))
        })
        .collect()
}

/// What the image says about itself: the version of each program.
///
/// # Errors
/// Environment, when a program does not run here.
pub async fn labels(programs: &[(String, PathBuf)], context: &Context) -> Result<Value> {
    let mut labels = Map::new();
    for (name, file) in programs {
        let said = Cmd::new(file, &context.env)
            .arg("--version")
            .limit(Duration::from_secs(20))
            .output()
            .await?;
        let said = String::from_utf8_lossy(&said);
        let version = said
            .split_whitespace()
            .last()
            .ok_or_else(|| Failure::environment(format!("{name} --version says nothing")))?;
        labels.insert(format!("{LABEL}{name}"), json!(version));
    }
    Ok(Value::Object(labels))
}
