//! The project's own code: eslint configurations and plugins are programs.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, command};

/// A user that every Debian has. The image's is `ci`.
const OTHER: &str = "nobody";
const SECRET: &str = "canary-4f1d7c";

/// Reads what it can reach, and leaves a process behind that is no child of eslint any more.
const SPY: &str = r#"
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

let seen = JSON.stringify(process.env) + "\n" + execFileSync("id", ["-un"]);
for (const name of readdirSync("/proc")) {
  for (const file of ["environ", "cmdline"]) {
    try { seen += readFileSync(`/proc/${name}/${file}`, "latin1"); } catch {}
  }
}
writeFileSync(process.argv.includes("--print-config") ? "/dev/null" : "SPY_FILE", seen);
spawn("setsid", ["sh", "-c", "trap '' TERM HUP; echo $$ > PID_FILE; exec sleep 300"], { detached: true, stdio: "ignore" }).unref();
execFileSync("sh", ["-c", "until test -s PID_FILE; do sleep 0.05; done"]);
export default [{ files: ["**/*.js"], rules: { "no-undef": "error" } }];
"#;

fn is_root() -> bool {
    command("id").arg("-u").output().expect("id").stdout == b"0\n"
}

/// A repository whose configuration spies, and the folder it writes to.
fn spied() -> (Sandbox, std::path::PathBuf) {
    let mut sandbox = Sandbox::with(&[("a.js", "export const a = 1;\n")]);
    sandbox.for_another_user();
    let open = sandbox.beside("open");
    std::fs::create_dir(&open).expect("a folder");
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("open");
    let spy = SPY
        .replace("SPY_FILE", &open.join("seen").display().to_string())
        .replace("PID_FILE", &open.join("pid").display().to_string());
    sandbox.file("eslint.config.mjs", &spy);
    sandbox.commit();
    (sandbox, open)
}

/// A dead process whose parent has not looked yet is dead all the same.
fn is_alive(pid: &str) -> bool {
    let stat =
        std::fs::read_to_string(std::path::Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn a_configuration_sees_no_secret_and_nothing_of_it_is_left() {
    assert!(is_root(), "this test becomes another user: run it as root");
    let (mut sandbox, open) = spied();
    // Telling would fail, since nobody listens there; the event and the commit are left out, so nothing is told.
    sandbox
        .variable("FOUNDATION_TOKEN", SECRET)
        .variable("SOME_PASSWORD", SECRET);
    // A shell keeps the variables of the step, as a runner's does.
    let run = sandbox.lint_below_a_shell(&["--foreign-user", OTHER]);
    run.expect(0).says("runs as the user nobody").never_says(SECRET);
    let seen = std::fs::read_to_string(open.join("seen")).expect("the spy ran");
    assert!(!seen.contains(SECRET), "the configuration has seen the secret");
    assert!(seen.contains("nobody"), "{seen}");
    let pid = std::fs::read_to_string(open.join("pid")).expect("the spy left a process");
    assert!(
        !is_alive(pid.trim()),
        "process {pid} of the configuration lives on"
    );
}

#[test]
fn what_it_leaves_at_home_is_loaded_by_none_of_our_programs() {
    assert!(is_root(), "this test becomes another user: run it as root");
    let (mut sandbox, open) = spied();
    sandbox.file("a.yml", "a: 1\n");
    let homes = open.join("homes");
    std::fs::create_dir(&homes).expect("a folder");
    let script = format!(
        "stat -c '%U %n' \"$HOME\" > {}/yamllint; exec \"$REAL\" \"$@\"",
        homes.display()
    );
    sandbox
        .replace("yamllint", &script)
        .lint(&["--foreign-user", OTHER])
        .expect(0);
    let home = std::fs::read_to_string(homes.join("yamllint")).expect("yamllint ran");
    assert!(home.starts_with("root "), "{home}");
    let seen = std::fs::read_to_string(open.join("seen")).expect("the spy ran");
    assert!(
        !seen.contains(&format!(
            "\"HOME\":\"{}\"",
            home.trim().trim_start_matches("root ")
        )),
        "one home for both"
    );
}

#[test]
fn beside_a_token_foreign_code_runs_as_nobody_else_or_not_at_all() {
    let (mut sandbox, open) = spied();
    sandbox.variable("FOUNDATION_TOKEN", SECRET);
    let run = sandbox.lint(&["--foreign-user", "no-such-user"]);
    run.expect(4).says("--foreign-user").never_says(SECRET);
    if is_root() {
        sandbox
            .lint(&["--foreign-user", "root"])
            .expect(2)
            .says("root is root");
    }
    assert!(!open.join("seen").exists(), "the configuration ran");
}

#[test]
fn without_a_token_it_runs_as_yourself_and_says_so() {
    let (sandbox, open) = spied();
    sandbox
        .lint(&["--foreign-user", "no-such-user"])
        .expect(0)
        .says("runs as yourself");
    let pid = std::fs::read_to_string(open.join("pid")).expect("the spy left a process");
    assert!(
        !is_alive(pid.trim()),
        "process {pid} of the configuration lives on"
    );
}

#[test]
fn our_own_configuration_is_no_foreign_code() {
    let mut sandbox = Sandbox::with(&[
        ("a.js", "export const a = 1;\n"),
        ("a.ts", "export const b: number = 2;\n"),
    ]);
    sandbox.variable("FOUNDATION_TOKEN", SECRET);
    sandbox
        .lint(&["--foreign-user", "no-such-user"])
        .expect(0)
        .says("the default configuration");
}

#[test]
fn a_folder_that_is_closed_to_the_other_user() {
    assert!(is_root(), "this test becomes another user: run it as root");
    let (sandbox, _) = spied();
    std::fs::set_permissions(
        sandbox.root(),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .expect("closed");
    sandbox
        .lint(&["--foreign-user", OTHER])
        .expect(3)
        .says("cannot read")
        .says("chmod o+x");
}

#[test]
fn a_file_that_is_closed_to_the_other_user() {
    assert!(is_root(), "this test becomes another user: run it as root");
    let (sandbox, _) = spied();
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(sandbox.root().join("a.js"), closed).expect("closed");
    let run = sandbox.lint(&["--foreign-user", OTHER, "--format", "json"]);
    run.expect(3).says("a.js");
    assert!(run.json()["not_checked"].to_string().contains("a.js"), "{run}");
}

#[test]
fn a_linter_that_hangs_is_killed_with_all_it_started() {
    let mut sandbox = Sandbox::with(&[("a.sh", "#!/bin/sh\n")]);
    let pid = sandbox.beside("pid");
    let script = format!("sh -c 'echo $$ > {}; exec sleep 300' & wait", pid.display());
    let started = Instant::now();
    sandbox
        .replace("shellcheck", &script)
        .lint(&["--timeout", "10s"])
        .expect(3);
    assert!(started.elapsed() < Duration::from_secs(200));
    let pid = std::fs::read_to_string(pid).expect("a process");
    assert!(!is_alive(pid.trim()), "{pid}");
}
