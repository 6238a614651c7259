//! Other users, for foreign code to run as.

use std::path::PathBuf;

use crate::kit::outcome::{Failure, Result};

/// An unprivileged user that foreign code runs as (design rule 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name, for messages.
    pub name: String,
    /// Its user id.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
    /// Its home folder.
    pub home: PathBuf,
}

impl User {
    /// Looks a user up in `/etc/passwd`. Static binaries have no name service, and an image needs none.
    ///
    /// # Errors
    /// Environment, when `/etc/passwd` cannot be read.
    pub fn find(name: &str) -> Result<Option<Self>> {
        let passwd = std::fs::read_to_string("/etc/passwd")
            .map_err(|error| Failure::environment("cannot read /etc/passwd").because(error))?;
        Ok(passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self {
                name: name.to_owned(),
                uid,
                gid,
                home: PathBuf::from(fields.nth(1)?),
            })
        }))
    }
}

/// Whether this process may become another user.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
