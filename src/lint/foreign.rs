//! Who runs the repository's own code: eslint configurations and plugins are programs (design rule 5).

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, User};
use crate::kit::report::Report;
use crate::kit::text;

/// The user for foreign code, or none for ourselves, where there is no secret that it could take.
///
/// # Errors
/// Refused, when the code would run as the user that holds the token; environment, when the user cannot read the files.
pub fn user(context: &Context, report: &Report, name: &str, root: &Path) -> Result<Option<User>> {
    let user = match process::is_root() {
        true => User::find(name)?,
        false => None,
    };
    if let Some(user) = user {
        if user.uid == 0 {
            return Err(Failure::config(format!(
                "--foreign-user: {} is root, who may see every secret",
                text::one_line(name)
            )));
        }
        readable(&user, root)?;
        report.say(format_args!(
            "the project's own code runs as the user {}",
            text::one_line(&user.name)
        ));
        return Ok(Some(user));
    }
    if context.token.is_some() {
        let why = match process::is_root() {
            true => format!("there is no user {name} to run it as"),
            false => "this is not root, so it cannot be run as another user".to_owned(),
        };
        return Err(
            Failure::refused(format!("the project's own eslint code would see this run's token: {why}")).hint(
                "run in the foundation-ci image, or name an existing user (--foreign-user), or run without a token",
            ),
        );
    }
    report.say("the project's own code runs as yourself: there is no token here that it could take");
    Ok(None)
}

/// Ends clearly where each file would be reported unreadable: some folder on the way is closed to the user.
fn readable(user: &User, folder: &Path) -> Result<()> {
    for up in folder.ancestors() {
        let Ok(meta) = std::fs::metadata(up) else { continue };
        let shift = if meta.uid() == user.uid {
            6
        } else if meta.gid() == user.gid {
            3
        } else {
            0
        };
        let wanted = if up == folder { 0o5 } else { 0o1 };
        if (meta.mode() >> shift) & wanted != wanted {
            let (folder, up) = (folder.display(), up.display());
            return Err(Failure::environment(format!(
                "the user {} cannot read {folder} (closed at {up})",
                user.name
            ))
            .hint(format!("chmod o+x {up}, or move {folder} to an open place")));
        }
    }
    Ok(())
}

/// Whether the user can start these programs, links resolved.
///
/// # Errors
/// Environment, naming the folder that is closed.
pub fn startable<'a>(user: Option<&User>, programs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Some(user) = user else { return Ok(()) };
    for program in programs {
        let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
        readable(user, real.parent().unwrap_or(Path::new("/")))?;
    }
    Ok(())
}
