//! The processes below this one: they fall to it when they are orphaned, and are killed by it.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

use super::watchdog;
use crate::kit::outcome::{Failure, Result};

/// Makes this process the one that orphans below it fall to, and its memory and environment unreadable to others of the
/// same user, and lets it have a [`watchdog`]. Called once, before anything else.
///
/// # Errors
/// Environment, when the kernel refuses.
pub fn harden() -> Result<()> {
    watchdog::allow();
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .and_then(|()| rustix::process::set_child_subreaper(Some(rustix::process::getpid())))
        .map_err(|error| Failure::environment("cannot protect this process (prctl)").because(error))
}

/// Kills every process that descends from this one, also those that left their process group or became daemons. Called
/// after foreign code has run and before a secret is used.
///
/// # Errors
/// Environment, when some process survives ten seconds of it.
pub fn sweep() -> Result<()> {
    for _ in 0..1000 {
        // Reap first: a zombie is no danger, but would be found again and again.
        while let Ok(Some(_)) = rustix::process::wait(WaitOptions::NOHANG) {}
        let descendants = descendants();
        if descendants.is_empty() {
            return Ok(());
        }
        for pid in descendants {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(Failure::environment("a process of the checked code does not die")
        .hint("no secret is used while it lives; look at what the repository's configuration starts"))
}

/// The living processes below this one but for the watchdog, found through `/proc`.
fn descendants() -> Vec<Pid> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let watchdog = watchdog::id();
    for process in processes.flatten() {
        let Some(pid) = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else {
            continue;
        };
        // The name in parentheses may hold anything, so count from the last one: `pid (name) state ppid …` (proc(5)).
        let Some((_, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let mut fields = rest.split(' ');
        if let (Some(state), Some(Ok(parent))) = (fields.next(), fields.next().map(str::parse::<i32>))
            && state != "Z"
            && Pid::from_raw(pid) != watchdog
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            open.push(child);
            found.extend(Pid::from_raw(child));
        }
    }
    found
}
