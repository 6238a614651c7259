//! Doing it, each step safe to repeat.
//!
//! ```text
//! Job ─▶ effects (pure; a dry run prints them) ─▶ run: one step after the other ─▶ Applied
//! ```
//!
//! Nothing is written into the person's clone: commits, tags and notes are made in a private copy that borrows the clone's
//! objects, and are the same objects however often they are made. One atomic push is the point of no return; what comes after
//! it is looked for before it is made, so that a run that was killed is completed by the next one.
//!
//! | module | holds |
//! | --- | --- |
//! | [`job`] | what is to be done, as data, and the list of effects (pure) |
//! | [`copy`] | the private copy: commit, tags, notes, the files of a package |
//! | [`signing`] | signing commits and tags with a key given in a file |
//! | [`push`] | what the remote has, the atomic push, and why one failed |
//! | [`packages`] | publishing packages |
//! | [`release`] | the forge's releases and their assets |
//! | [`comments`] | comments and labels on what a release contains |
//! | [`run`] | the way through all of it |

pub mod comments;
pub mod copy;
pub mod job;
pub mod packages;
pub mod push;
pub mod release;
mod run;
pub mod signing;

pub use job::{Asset, Comment, Edit, ForgeRelease, Identity, Job, Package, Publish, Step, effects};
pub use run::{Applied, Did, Ended, apply, complete};

// One place for what `checkout` also uses.
use crate::checkout::network::{Folders, Network};
use crate::kit::git::remote::{Access, Remote, Way};
