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
fn readable(user: &User, root: &Path) -> Result<()> {
    for folder in root.ancestors() {
        let Ok(meta) = std::fs::metadata(folder) else {
            continue;
        };
        let shift = if meta.uid() == user.uid {
            6
        } else if meta.gid() == user.gid {
            3
        } else {
            0
        };
        let wanted = if folder == root { 0o5 } else { 0o1 };
        if (meta.mode() >> shift) & wanted != wanted {
            return Err(Failure::environment(format!(
                "the user {} cannot read {} (closed at {})",
                user.name,
                root.display(),
                folder.display()
            ))
            .hint(format!("chmod o+x {}, or move the work tree", folder.display())));
        }
    }
    Ok(())
}
