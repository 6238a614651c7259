//! The message of the release commit.

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::assemble::Draft;
use crate::semantic_release::config::Config;

/// The message: the project's own template in Node's form where it has one, else ours.
///
/// # Errors
/// Configuration, when the template holds what is not understood here.
pub fn of_release_commit(config: &Config, branch: &str, drafts: &[&Draft<'_>]) -> Result<String> {
    let template = config
        .commit
        .as_ref()
        .and_then(|commit| commit.message.as_deref());
    match (template, drafts) {
        (Some(template), [draft]) => fill(template, branch, draft),
        (Some(_), _) => Err(Failure::config(
            "the message of the release commit is a template for one package, but several are released at once",
        )
        .hint("leave `message` out of the git plugin's options")),
        (None, drafts) => Ok(ours(drafts)),
    }
}

/// `chore(release): 1.2.0`, or all packages with their versions.
fn ours(drafts: &[&Draft<'_>]) -> String {
    match drafts {
        [draft] => format!("chore(release): {}", draft.version),
        many => {
            let list: Vec<String> = many
                .iter()
                .map(|draft| format!("{} {}", draft.package.name, draft.version))
                .collect();
            let line = format!("chore(release): {}", list.join(", "));
            if line.len() <= 72 {
                return line;
            }
            format!("chore(release): {} packages\n\n{}", list.len(), list.join("\n"))
        }
    }
}

/// Fills Node's template. Only the fields that projects use are known; anything else is an error, never an empty string.
fn fill(template: &str, branch: &str, draft: &Draft<'_>) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let wrong = |what: &str| {
            Failure::config(format!("the message of the release commit holds {what}, which is not understood here"))
                .hint("use ${nextRelease.version}, ${nextRelease.gitTag}, ${nextRelease.channel}, ${nextRelease.notes}, ${lastRelease.version}, ${lastRelease.gitTag} or ${branch.name}")
        };
        let Some((name, next)) = after.split_once('}') else {
            return Err(wrong("a '${' without its end"));
        };
        let last = draft.before.clone().unwrap_or_default();
        out.push_str(&match name.trim() {
            "nextRelease.version" => draft.version.to_string(),
            "nextRelease.gitTag" | "nextRelease.name" => draft.tag.clone(),
            "nextRelease.channel" => draft.channel.clone().unwrap_or_default(),
            "nextRelease.notes" => draft.notes.clone(),
            "lastRelease.version" => last.0,
            "lastRelease.gitTag" | "lastRelease.name" => last.1,
            "branch" | "branch.name" => branch.to_owned(),
            other => return Err(wrong(&format!("${{{other}}}"))),
        });
        rest = next;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;
    use crate::semantic_release::apply::Step;
    use crate::semantic_release::packages::Package;

    fn package(name: &str) -> Package {
        Package {
            name: name.to_owned(),
            path: ".".to_owned(),
            manifests: Vec::new(),
            version_files: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    fn draft(package: &Package) -> Draft<'_> {
        Draft {
            package,
            version: Version::new(1, 2, 0),
            tag: "v1.2.0".to_owned(),
            before: Some(("1.1.0".to_owned(), "v1.1.0".to_owned())),
            channel: None,
            channels: vec![None],
            step: Step::Release,
            notes: "the ${branch} notes".to_owned(),
            commits: Vec::new(),
        }
    }

    #[test]
    fn templates_are_filled_once_and_completely() {
        let package = package("a");
        let draft = draft(&package);
        let text = fill(
            "r: ${ nextRelease.version } (${lastRelease.gitTag})\n\n${nextRelease.notes}",
            "master",
            &draft,
        );
        assert_eq!(text.expect("text"), "r: 1.2.0 (v1.1.0)\n\nthe ${branch} notes");
        for wrong in ["${nextRelease.type}", "${x", "${process.env.TOKEN}"] {
            assert!(fill(wrong, "master", &draft).is_err(), "{wrong}");
        }
    }

    #[test]
    fn our_own_message_stays_short() {
        let packages: Vec<Package> = (0..20).map(|n| package(&format!("package-{n}"))).collect();
        let drafts: Vec<Draft<'_>> = packages.iter().map(draft).collect();
        let all: Vec<&Draft<'_>> = drafts.iter().collect();
        assert_eq!(ours(&all[..1]), "chore(release): 1.2.0");
        assert_eq!(
            ours(&all[..2]),
            "chore(release): package-0 1.2.0, package-1 1.2.0"
        );
        assert!(ours(&all).starts_with("chore(release): 20 packages\n\npackage-0 1.2.0\n"));
    }
}
