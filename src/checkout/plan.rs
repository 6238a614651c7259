//! What will be done: pure, from what was asked and what is there to the calls of git.

use std::ffi::OsString;

use crate::checkout::held::{Held, Wants};
use crate::checkout::inputs::Inputs;
use crate::checkout::target::{Target, short};
use crate::kit::context::Host;
use crate::kit::git::remote::Remote;
use crate::kit::outcome::{Failure, Result};

/// How much of the history to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// That many commits.
    Shallow(u32),
    /// All branches, whose files' contents are fetched when they are needed.
    Full,
}

/// Which submodules to check out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submodules {
    /// None.
    No,
    /// Those of the repository.
    Direct,
    /// Those of submodules as well.
    Recursive,
}

/// What to do with the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It holds the commit already.
    Nothing,
    /// Check out into the empty folder.
    Fresh,
    /// Remove an earlier checkout of ours, then check out.
    Replace,
}

/// Decides what to do with what the folder holds. Nothing that is not ours is ever removed.
///
/// # Errors
/// Configuration, when the folder holds something else; refused, when a person's work in it would be lost.
pub fn decide(held: &Held, wants: &Wants, host: Host, folder: &std::path::Path) -> Result<Step> {
    let folder = folder.display();
    match held {
        Held::Nothing => Ok(Step::Fresh),
        Held::Files(example) => Err(Failure::config(format!(
            "{folder} is not empty (it holds {example}) and is no git repository; nothing was changed"
        ))
        .hint("check out before anything else is put there, or name another folder by --path")),
        Held::Theirs { at_commit: true, lacks, .. } => match lacks.as_slice() {
            [] => Ok(Step::Nothing),
            lacks => Err(Failure::config(format!(
                "{folder} already holds the commit, but {}; it was not made by foundation-checkout, so nothing was changed",
                lacks.join(", ")
            ))
            .hint("fetch that yourself, or check out into another folder by --path")),
        },
        Held::Theirs { head, at_commit: false, .. } => Err(Failure::config(format!(
            "{folder} holds a git repository at {}, not at {}; it was not made by foundation-checkout, so nothing was changed",
            short(head.as_deref().unwrap_or("no commit")),
            short(&wants.sha)
        ))
        .hint("remove it, check that commit out yourself, or name another folder by --path")),
        // One that never came to its end holds nobody's work.
        Held::Ours { mark, .. } if !mark.done => Ok(Step::Replace),
        Held::Ours { mark, .. } if mark.remote != wants.remote => Err(Failure::config(format!(
            "{folder} holds a checkout of {}, not of {}; nothing was changed",
            mark.remote, wants.remote
        ))
        .hint("name another folder by --path")),
        Held::Ours { mark, at_commit: true, .. } if mark.covers(wants) => Ok(Step::Nothing),
        Held::Ours { changed, .. } if host == Host::Terminal && *changed != Some(0) => Err(Failure::refused(format!(
            "{folder} holds changes that checking {} out would lose",
            short(&wants.sha)
        ))
        .hint("commit and push them or throw them away, then try again; or name another folder by --path")),
        Held::Ours { .. } => Ok(Step::Replace),
    }
}

/// The calls of git for a fresh checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// `git init`.
    pub init: Vec<String>,
    /// What is added to the repository's configuration then.
    pub config: String,
    /// `git fetch`, for the commit by its name.
    pub fetch: Vec<String>,
    /// `git fetch`, ever deeper, for servers that hand out refs only.
    pub fallback: Vec<Vec<String>>,
    /// `git checkout`.
    pub checkout: Vec<String>,
}

/// Git's own word for an unlimited depth; `--unshallow` fails where nothing is shallow.
const EVERYTHING: &str = "--depth=2147483647";

/// Plans a fresh checkout: three calls of git when all is well, as by hand.
#[must_use]
pub fn plan(inputs: &Inputs, target: &Target) -> Plan {
    let sha = target.sha.as_str();
    let mut init = words(&["init", "--quiet", "--template="]);
    if sha.len() == 64 {
        init.push("--object-format=sha256".to_owned());
    }
    let fetch = |depth: &[String], specs: Vec<String>| {
        let mut call = words(&["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]);
        call.extend_from_slice(depth);
        call.push("origin".to_owned());
        call.extend(specs);
        call
    };
    let depth = match inputs.history {
        History::Shallow(depth) => vec![format!("--depth={depth}")],
        History::Full => words(&["--filter=blob:none"]),
    };
    // Such a server hands out no single files either, so nothing may be left for later.
    let all = words(&[EVERYTHING, "--no-filter"]);
    // Once more as it was: the transfer may have been cut short.
    let mut fallback = vec![fetch(&depth, specs(inputs, target))];
    match target.git_ref.as_deref() {
        Some(full) => {
            let by_name = || {
                let mut specs = also(inputs);
                specs.push(format!("+{full}:{}", local(full)));
                specs
            };
            if full.starts_with("refs/tags/") {
                // The tag may be gone while its commit is still there.
                fallback.push(fetch(&depth, vec![sha.to_owned()]));
            }
            let first = match inputs.history {
                History::Shallow(depth) => depth,
                History::Full => 1,
            };
            fallback.push(fetch(&[format!("--depth={first}")], by_name()));
            fallback.push(fetch(&[format!("--depth={}", first.max(50))], by_name()));
            fallback.push(fetch(&all, by_name()));
        }
        None => {
            fallback.push(fetch(&words(&["--depth=1"]), words(&["HEAD"])));
            fallback.push(fetch(
                &all,
                words(&["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]),
            ));
        }
    }
    let mut checkout = words(&["checkout", "--quiet", "--force"]);
    match target.branch() {
        Some(branch) => checkout.extend(words(&["-B", branch])),
        None => checkout.push("--detach".to_owned()),
    }
    checkout.push(sha.to_owned());
    Plan {
        init,
        config: config(inputs, target),
        fetch: fetch(&depth, specs(inputs, target)),
        fallback,
        checkout,
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What is fetched beside the commit.
fn also(inputs: &Inputs) -> Vec<String> {
    let mut specs = Vec::new();
    if inputs.history == History::Full {
        specs.push("+refs/heads/*:refs/remotes/origin/*".to_owned());
    }
    if inputs.tags {
        specs.push("+refs/tags/*:refs/tags/*".to_owned());
    }
    specs
}

fn specs(inputs: &Inputs, target: &Target) -> Vec<String> {
    let mut specs = also(inputs);
    let sha = &target.sha;
    match target.git_ref.as_deref() {
        // The tag itself, since one made of its commit would lose the message and the signature; and the commit, since
        // the tag may have been moved.
        Some(full) if full.starts_with("refs/tags/") => {
            specs.push(sha.clone());
            if !inputs.tags {
                specs.push(format!("+{full}:{full}"));
            }
        }
        // With full history the branch comes by the pattern above, and is where it is now, not where it was.
        Some(full) if inputs.history == History::Full && full.starts_with("refs/heads/") => {
            specs.push(sha.clone())
        }
        Some(full) => specs.push(format!("+{sha}:{}", local(full))),
        None => specs.push(sha.clone()),
    }
    specs
}

/// Where a remote's ref is kept.
fn local(full: &str) -> String {
    match full.strip_prefix("refs/heads/") {
        Some(branch) => format!("refs/remotes/origin/{branch}"),
        None if full.starts_with("refs/tags/") => full.to_owned(),
        None => format!("refs/remotes/{}", full.trim_start_matches("refs/")),
    }
}

/// Git's own filter for LFS, as `git lfs install` writes it.
pub const LFS: &str = "[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge -- %f\n\tprocess = git-lfs filter-process\n\trequired = true\n";

fn config(inputs: &Inputs, target: &Target) -> String {
    let mut text = format!(
        "[remote \"origin\"]\n\turl = {}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
        quoted(inputs.remote.address())
    );
    if let Some(branch) = target.branch() {
        text.push_str(&format!(
            "[branch {}]\n\tremote = origin\n\tmerge = {}\n",
            quoted(branch),
            quoted(&format!("refs/heads/{branch}"))
        ));
    }
    if inputs.lfs {
        text.push_str(LFS);
    }
    text
}

/// A text in git's configuration: no character in it can end the value.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// What our mark in the folder records of what is wanted.
#[must_use]
pub fn wants(inputs: &Inputs, remote: &Remote, target: &Target) -> Wants {
    Wants {
        remote: remote.address().to_owned(),
        sha: target.sha.clone(),
        git_ref: target.git_ref.clone(),
        depth: match inputs.history {
            History::Shallow(depth) => Some(depth),
            History::Full => None,
        },
        tags: inputs.tags,
        submodules: match inputs.submodules {
            Submodules::No => 0,
            Submodules::Direct => 1,
            Submodules::Recursive => 2,
        },
        lfs: inputs.lfs,
    }
}

/// The arguments as a process takes them.
pub fn arguments(words: &[String]) -> impl Iterator<Item = OsString> + '_ {
    words.iter().map(OsString::from)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
