//! Places where a test can have this process killed, to prove that a run may be repeated after a kill at any point.
//!
//! Only debug builds know them: what is released holds neither the places nor the variable.

use crate::kit::context::Env;

/// The variable that names the place, such as `before:push`.
#[cfg(debug_assertions)]
pub const VARIABLE: &str = "FOUNDATION_TEST_STOP";

/// Kills this process, as `kill -9` would, when a test asked for it to end here.
#[cfg(debug_assertions)]
pub fn here(env: &Env, when: &str, what: &str) {
    let asked = env
        .text(VARIABLE)
        .and_then(|place| place.split_once(':'))
        .is_some_and(|place| place == (when, what));
    if asked {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline]
pub fn here(_: &Env, _: &str, _: &str) {}
