//! A plan as text for people.

use std::fmt::Write as _;

use crate::kit::text;
use crate::semantic_release::analyze::ReleaseType;
use crate::semantic_release::plan::{CommitPlan, Effect, PackagePlan, Plan, Verdict};

/// How much of a hash people need.
const SHORT: usize = 7;

/// How much of a plan is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One line for each package: the document has the rest.
    Headlines,
    /// The commits, as far as a person reads them.
    Some,
    /// That, and the notes.
    Notes,
    /// Every commit.
    All,
}

/// So many commits of a package are listed where not all are asked for.
const MOST: usize = 100;

/// The plan: each package with its commits, then what is done.
#[must_use]
pub fn plan(plan: &Plan, detail: Detail) -> String {
    let mut out = String::new();
    // Where the branch releases nothing, nobody looked for the last release, and "nothing released yet" would be a guess.
    let not_a_release = plan.outcome == Verdict::Refused
        || matches!(
            plan.reason.as_deref(),
            Some("branch-not-configured" | "behind-remote")
        );
    let unseen =
        |package: &&PackagePlan| not_a_release && package.last.is_none() && package.commits.is_empty();
    for package in plan.packages.iter().filter(|package| !unseen(package)) {
        let _ = writeln!(out, "{}", headline(package));
        let listed = match detail {
            Detail::Headlines => continue,
            Detail::Some | Detail::Notes => MOST,
            Detail::All => usize::MAX,
        };
        for commit in package.commits.iter().take(listed) {
            let _ = writeln!(out, "  {}", commit_line(commit));
        }
        if package.commits.len() > listed {
            let more = package.commits.len() - listed;
            let _ = writeln!(out, "  and {more} older commits; `explain` lists all of them");
        }
        for why in &package.because {
            let _ = writeln!(out, "  {:<6} {}", "patch", text::one_line(why));
        }
        if let Some(notes) = package.notes.as_deref().filter(|_| detail == Detail::Notes) {
            let _ = writeln!(out, "  notes:");
            for line in notes.trim_end().lines() {
                let _ = writeln!(out, "  | {line}");
            }
        }
    }
    if !plan.effects.is_empty() && detail != Detail::Headlines {
        let _ = writeln!(out, "in this order:");
        for (index, effect) in plan.effects.iter().enumerate() {
            let _ = writeln!(out, "  {}. {}", index + 1, self::effect(effect));
        }
    }
    out
}

/// One line about a package: from which version to which.
#[must_use]
pub fn headline(package: &PackagePlan) -> String {
    let last = package.last.as_deref().unwrap_or("nothing released yet");
    let name = text::one_line(&package.name);
    let place = match package.path.as_str() {
        "." => name,
        path => format!("{name} ({})", text::one_line(path)),
    };
    match (&package.next, package.kind) {
        (Some(next), kind) => {
            let kind = kind.map_or(String::new(), |kind| format!(" ({kind})"));
            let channel = match &package.channel {
                Some(channel) => format!(", on channel {}", text::one_line(channel)),
                None => String::new(),
            };
            format!("{place}: {last} -> {next}{kind}{channel}")
        }
        (None, _) => format!("{place}: {last}, no release"),
    }
}

fn commit_line(commit: &CommitPlan) -> String {
    let kind = commit.kind.map_or("-", ReleaseType::name);
    let hash = commit.hash.get(..SHORT).unwrap_or(&commit.hash);
    format!(
        "{kind:<6} {hash} {}  [{}]",
        text::one_line(&commit.subject),
        text::one_line(&commit.why)
    )
}

/// One effect, as an order.
#[must_use]
pub fn effect(effect: &Effect) -> String {
    let line = text::one_line;
    match effect {
        Effect::Edit { path } => format!("write {}", line(path)),
        Effect::Commit { message } => {
            format!("commit it: {}", line(message.lines().next().unwrap_or_default()))
        }
        Effect::Tag { name, target } => match target {
            Some(hash) => format!("tag {} on {}", line(name), hash.get(..SHORT).unwrap_or(hash)),
            None => format!("tag {} on that commit", line(name)),
        },
        Effect::Channel { tag, channels } => {
            let channels: Vec<&str> = channels
                .iter()
                .map(|channel| channel.as_deref().unwrap_or("the default one"))
                .collect();
            format!(
                "note the channels of {}: {}",
                line(tag),
                line(&channels.join(", "))
            )
        }
        Effect::Push { refs } => format!("push at once: {}", line(&refs.join(", "))),
        Effect::Publish {
            name,
            version,
            registry,
            dist_tag,
            ..
        } => format!(
            "publish {}@{version} as {} to {}",
            line(name),
            line(dist_tag),
            text::without_userinfo(&line(registry))
        ),
        Effect::DistTag {
            name,
            version,
            dist_tag,
            ..
        } => format!("put {}@{version} on {} as well", line(name), line(dist_tag)),
        Effect::Release {
            tag,
            prerelease,
            assets,
            ..
        } => {
            let what = if *prerelease { "prerelease" } else { "release" };
            match assets.len() {
                0 => format!("make the {what} page of {}", line(tag)),
                number => format!("make the {what} page of {} with {number} files", line(tag)),
            }
        }
        Effect::Comment { number } => format!("comment on #{number}"),
    }
}

/// The last line: what came of it.
#[must_use]
pub fn summary(plan: &Plan, done: bool) -> String {
    let released: Vec<String> = plan
        .packages
        .iter()
        .filter_map(|package| {
            Some(format!(
                "{} {}",
                text::one_line(&package.name),
                package.next.as_ref()?
            ))
        })
        .collect();
    let because = || text::one_line(plan.words.as_deref().unwrap_or_else(|| because(plan)));
    match plan.outcome {
        Verdict::Release if released.is_empty() => {
            "completed what an earlier run had left half done".to_owned()
        }
        Verdict::Release if done => format!("released {}", released.join(", ")),
        Verdict::Release => format!("would release {}", released.join(", ")),
        Verdict::Nothing => format!("nothing to release: {}", because()),
        Verdict::Refused => format!("refused: {}", because()),
    }
}

/// A reason's stable word in plain ones. Codes that have a message of their own are told by that.
fn because(plan: &Plan) -> &str {
    match plan.reason.as_deref().unwrap_or_default() {
        "no-relevant-changes" if plan.packages.iter().all(|package| package.commits.is_empty()) => {
            "there is no commit since the last release"
        }
        "no-relevant-changes" => "no commit since the last release asks for one",
        "no-commits" => "the repository holds no commit yet",
        "branch-not-configured" => "this branch is none that releases",
        "behind-remote" => "the branch has moved on at the remote; its newest commit's run releases",
        "not-pushed" => "the commit is not at the remote yet; push it first",
        "race-lost" => "another run was faster and has released",
        other => other,
    }
}
