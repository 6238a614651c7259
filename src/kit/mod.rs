//! What every action stands on.
//!
//! | module | holds |
//! | --- | --- |
//! | [`app`] | the way of one run: arguments in, exit code out |
//! | [`context`] | the only reader of the environment |
//! | [`inputs`] | arguments that are also `FOUNDATION_<INPUT>` variables, all problems reported at once |
//! | [`report`] | the only writer: masks, log groups, findings, outputs, summary |
//! | [`text`] | what hostile text becomes before it is printed |
//! | [`telling`] | the commit status and the sticky pull-request comment |
//! | [`outcome`] | outcomes, failures and the exit codes |
//! | [`process`] | the only starter of programs |
//! | [`secret`] | values that cannot be printed |
//! | [`git`] | the `git` program, and repositories read by libgit2 |
//! | [`fence`] | what a job could reach that it should not |
//! | [`forge`] | our small client of the forge's API |
//! | [`http`] | the HTTP client: time limits, private CA |
//! | [`npm`] | npm registries: look up, compare, pack, publish |
//! | [`failpoint`] | places where a test can have a run killed (debug builds only) |
//! | [`versions`] | the file `VERSIONS` |

pub mod app;
pub mod context;
pub mod failpoint;
pub mod fence;
pub mod forge;
pub mod git;
pub mod http;
pub mod inputs;
pub mod npm;
pub mod outcome;
pub mod process;
pub mod report;
pub mod secret;
pub mod telling;
pub mod text;
pub mod versions;
