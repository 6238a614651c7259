//! `foundation image pin`: writes the digest of the image built last into `VERSIONS`.

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::Report;
use crate::kit::versions::Versions;

use super::oci::Layout;
use super::places::{Places, read_text, write};

/// The key of the image in `VERSIONS`.
pub const KEY: &str = "IMAGE_CI";

/// Runs it.
///
/// # Errors
/// Configuration, when no image was built yet or `VERSIONS` has no such key.
pub fn run(context: &Context, report: &Report) -> Result<Outcome> {
    let places = Places::find(context)?;
    let digest = Layout::open(&places.last_image())?.digest()?;
    let file = places.source.join("VERSIONS");
    let text = read_text(&file)?;
    let value = format!("foundation-ci@{digest}");
    if current(&text)? == value {
        report.say(format_args!("{KEY} is {value} already"));
        return Ok(Outcome::Good);
    }
    write(&file, replaced(&text, &value))?;
    report.say(format_args!("{KEY}={value}"));
    report.say("Now `foundation workflows render`, and commit both.");
    Ok(Outcome::Good)
}

/// What is pinned now.
///
/// # Errors
/// Configuration, when `VERSIONS` has no such key.
pub fn current(text: &str) -> Result<String> {
    Versions::parse(text)?
        .iter()
        .find(|(key, _)| *key == KEY)
        .map(|(_, value)| value.to_owned())
        .ok_or_else(|| Failure::config(format!("VERSIONS has no line {KEY}=")))
}

fn replaced(text: &str, value: &str) -> String {
    text.lines()
        .map(|line| match line.split_once('=') {
            Some((KEY, _)) => format!("{KEY}={value}\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_line_changes() {
        let text = "# IMAGE_CI=old\nIMAGE_CI=old\nIMAGE_BASE=x\n";
        assert_eq!(current(text).expect("pinned"), "old");
        assert_eq!(
            replaced(text, "new"),
            "# IMAGE_CI=old\nIMAGE_CI=new\nIMAGE_BASE=x\n"
        );
        assert!(current("IMAGE_BASE=x\n").is_err());
    }
}
