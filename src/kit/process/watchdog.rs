//! A second process of ours that outlives us by a moment: it kills what we started when we are killed in a way that leaves no
//! time to tidy up.
//!
//! A signal at our death (`setpriv --pdeathsig`) reaches only the program that we started, and not what that one started: a
//! `git remote-http` that waits for a silent server would wait on, with the token in its environment. The watchdog reads from
//! a pipe that we alone hold open; at its end we are gone, and it kills each process group that we have not taken back, and
//! whatever has our mark in its environment. The mark is for a program that we were just starting: it holds a copy of
//! the pipe until it is there, so at the end of the pipe it can be found.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{DumpableBehavior, Pid, Signal};

/// What the watchdog is called; the first of its arguments, and its only one.
const NAME: &str = "foundation-watchdog";
/// The variable that every program of ours is started with.
pub(super) const MARK: &str = "FOUNDATION_WATCHED";

/// The line that sends it home.
const DISMISSED: &str = ".";

static WATCHDOG: Mutex<State> = Mutex::new(State::Off);

#[derive(Debug)]
enum State {
    /// This is no program of ours (a test, say), which could not be its own watchdog.
    Off,
    /// No program was started yet.
    Allowed,
    /// It watches, over what has this mark.
    On(Child, String),
}

/// Whether this process was started as a watchdog.
pub fn is_called(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.next().as_deref() == Some(OsStr::new(NAME))
}

/// What the watchdog does: waits until the one that it watches over is gone, and kills what that one left running.
pub fn watch() {
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let mut lines = std::io::stdin().lock();
    let mut mark = String::new();
    if lines.read_line(&mut mark).is_err() {
        return;
    }
    let Some(groups) = left_over(lines) else {
        return;
    };
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
    // Until there is none for a tenth of a second: one that is killed may just have started another, and one that is just
    // being loaded has no environment yet.
    let mark = format!("{MARK}={}", mark.trim_end());
    let mut quiet = 0;
    for _ in 0..200 {
        let marked = marked(&mark);
        quiet = if marked.is_empty() { quiet + 1 } else { 0 };
        if quiet > 10 {
            return;
        }
        for process in marked {
            let _ = rustix::process::kill_process(process, Signal::KILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The processes that were started with this in their environment.
fn marked(setting: &str) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| {
            let number = process.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(process.path().join("environ")).ok()?;
            let mut settings = environment.split(|&byte| byte == 0);
            settings.any(|one| one == setting.as_bytes()).then_some(number)
        })
        .filter_map(Pid::from_raw)
        .collect()
}

/// The groups that were named and not taken back: lines of `+` or `-` and the number. None after [`DISMISSED`].
fn left_over(lines: impl BufRead) -> Option<BTreeSet<i32>> {
    let mut groups = BTreeSet::new();
    for line in lines.lines().map_while(Result::ok) {
        if line == DISMISSED {
            return None;
        }
        // The groups 0 and 1 would be our own and everybody's.
        let group = line.get(1..).and_then(|number| number.parse().ok());
        let Some(group) = group.filter(|group| *group > 1) else {
            continue;
        };
        if line.starts_with('+') {
            groups.insert(group);
        } else {
            groups.remove(&group);
        }
    }
    Some(groups)
}

/// Lets this process have a watchdog: it is one of our programs, which begin by [`is_called`].
pub(super) fn allow() {
    let mut state = WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*state, State::Off) {
        *state = State::Allowed;
    }
}

/// Starts it, where it is allowed and not there yet, and returns the mark. Without a `/proc` there is none, and the signal at
/// our death has to do.
#[allow(clippy::disallowed_methods, reason = "the one home of starting programs")]
pub(super) fn start() -> Option<String> {
    let mut state = WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*state, State::Allowed) {
        let started = Command::new("/proc/self/exe")
            .arg0(NAME)
            .env_clear()
            .current_dir("/")
            // What is sent to our own group, such as a person's Ctrl-C, is not for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        *state = started.map_or(State::Off, |mut child| {
            // No two processes of one machine have the watchdog's number at one time.
            let mark = child.id().to_string();
            if let Some(pipe) = &mut child.stdin {
                let _ = writeln!(pipe, "{mark}");
            }
            State::On(child, mark)
        });
    }
    match &*state {
        State::On(_, mark) => Some(mark.clone()),
        State::Off | State::Allowed => None,
    }
}

/// Names a group to it.
pub(super) fn add(group: Pid) {
    tell(&format!("+{}\n", group.as_raw_nonzero()));
}

/// Takes a group back, whose number may be another's from now on.
pub(super) fn remove(group: Pid) {
    tell(&format!("-{}\n", group.as_raw_nonzero()));
}

fn tell(line: &str) {
    let mut state = WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner);
    if let State::On(child, _) = &mut *state
        && let Some(pipe) = &mut child.stdin
    {
        // Should somebody have killed it, then it is as if there were none.
        let _ = pipe.write_all(line.as_bytes());
    }
}

/// Its number, for those who look at all processes below this one.
pub(super) fn id() -> Option<Pid> {
    match &*WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner) {
        State::On(child, _) => Pid::from_raw(child.id().cast_signed()),
        State::Off | State::Allowed => None,
    }
}

/// Sends it home at our end, so that nobody else has to bury it.
pub fn dismiss() {
    let state = std::mem::replace(
        &mut *WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner),
        State::Off,
    );
    if let State::On(mut child, _) = state {
        if let Some(pipe) = &mut child.stdin {
            let _ = writeln!(pipe, "{DISMISSED}");
        }
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_that_were_not_taken_back_are_left_over() {
        let groups = |lines: &str| Vec::from_iter(left_over(lines.as_bytes()).expect("not dismissed"));
        assert_eq!(groups("+12\n+13\n-12\n+14\n"), [13, 14]);
        assert!(groups("").is_empty());
        assert!(left_over("+12\n.\n".as_bytes()).is_none());
        // Never our own group, never everybody.
        assert_eq!(groups("+0\n+1\n+-5\nx\n+\n\n+99999999999\n+7"), [7]);
    }

    #[test]
    fn a_process_is_found_by_its_whole_mark_alone() {
        #[allow(clippy::disallowed_methods, reason = "a process to be found")]
        let mut child = Command::new("/bin/sleep")
            .arg("60")
            .env(MARK, "a-test-of-4711")
            .spawn()
            .expect("sleep");
        let pid = Pid::from_raw(child.id().cast_signed()).expect("a number");
        let found = marked(&format!("{MARK}=a-test-of-4711"));
        let other = marked(&format!("{MARK}=a-test-of-471"));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert_eq!((found, other), (vec![pid], vec![]));
    }

    #[test]
    fn it_is_known_by_its_name_alone() {
        let called = |words: &[&str]| is_called(words.iter().map(OsString::from));
        assert!(called(&[NAME]));
        assert!(!called(&["foundation-lint", NAME]) && !called(&[]));
    }
}
