//! The comment on a pull request.

use std::fmt::Write as _;

use crate::kit::text;
use crate::semantic_release::plan::{PackagePlan, Plan, Verdict};
use crate::semantic_release::proposal::styles::Style;
use crate::semantic_release::render;

/// What one style of merging would release.
#[derive(Debug)]
pub struct Prediction {
    /// The style.
    pub style: Style,
    /// What would be decided.
    pub plan: Plan,
    /// Why it would be refused.
    pub refusal: Option<String>,
}

impl Prediction {
    /// The result in one line, the same for styles that release the same.
    #[must_use]
    pub fn result(&self) -> String {
        match (&self.refusal, self.plan.outcome) {
            (Some(_), _) | (None, Verdict::Refused) => {
                format!("refused ({})", self.plan.reason.as_deref().unwrap_or_default())
            }
            (None, Verdict::Nothing) => "nothing".to_owned(),
            (None, Verdict::Release) => {
                let all: Vec<String> = self.plan.packages.iter().filter_map(one).collect();
                if all.is_empty() {
                    // Only a channel gets a release that is there.
                    return "no new version".to_owned();
                }
                all.join(", ")
            }
        }
    }
}

/// `olsicrypto 1.3.0 (minor)`.
fn one(package: &PackagePlan) -> Option<String> {
    let kind = package.kind.map_or(String::new(), |kind| format!(" ({kind})"));
    Some(format!("{} {}{kind}", package.name, package.next.as_ref()?))
}

/// Whether all styles release the same.
#[must_use]
pub fn agree(predictions: &[Prediction]) -> bool {
    predictions
        .windows(2)
        .all(|pair| pair[0].result() == pair[1].result())
}

/// One line for the status and the log.
#[must_use]
pub fn headline(predictions: &[Prediction]) -> String {
    match predictions {
        [] => "no style of merging is allowed, so nothing can be said".to_owned(),
        [first, ..] if agree(predictions) => format!("merging releases {}", first.result()),
        many => {
            let each: Vec<String> = many
                .iter()
                .map(|prediction| format!("{} by {}", prediction.result(), prediction.style.name()))
                .collect();
            format!("what merging releases depends on how: {}", each.join("; "))
        }
    }
}

/// The comment's text.
#[must_use]
pub fn text(predictions: &[Prediction], base: &str) -> String {
    let mut out = String::new();
    let into = text::markdown(base);
    if predictions.is_empty() {
        return format!("No style of merging into {into} is allowed, so nothing would be released.\n");
    }
    if agree(predictions) {
        let result = text::markdown(&predictions[0].result());
        let _ = writeln!(out, "**Merging this into {into} releases: {result}**\n");
    } else {
        let _ = writeln!(
            out,
            "**What this releases depends on how it is merged into {into}:**\n"
        );
        let _ = writeln!(out, "| merged by | releases |\n| --- | --- |");
        for prediction in predictions {
            let result = text::markdown(&prediction.result());
            let _ = writeln!(out, "| {} | {result} |", prediction.style.name());
        }
        let _ = writeln!(
            out,
            "\nA squash takes its text from the title and the description of the pull request; the other styles keep the commits."
        );
    }
    let mut refused: Vec<&str> = predictions.iter().filter_map(|p| p.refusal.as_deref()).collect();
    refused.dedup();
    for refusal in refused {
        let _ = writeln!(out, "\nRefused: {}", text::markdown(refusal));
    }
    commits(&mut out, &predictions[0]);
    out
}

/// The commits that are released, of the first style: folded, since most readers only want the version.
fn commits(out: &mut String, prediction: &Prediction) {
    const MOST: usize = 50;
    let rows: Vec<_> = prediction
        .plan
        .packages
        .iter()
        .flat_map(|package| package.commits.iter().map(move |commit| (package, commit)))
        .collect();
    if rows.is_empty() {
        return;
    }
    let many = prediction.plan.packages.len() > 1;
    let _ = writeln!(
        out,
        "\n<details><summary>Why (merged by {})</summary>\n",
        prediction.style.name()
    );
    for (package, commit) in rows.iter().take(MOST) {
        let kind = commit.kind.map_or("nothing", |kind| kind.name());
        let name = if many {
            format!("{}: ", text::markdown(&package.name))
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "- {name}{kind}: {} ({})",
            text::markdown(&commit.subject),
            text::markdown(&commit.why)
        );
    }
    if rows.len() > MOST {
        let _ = writeln!(
            out,
            "- and {} more commits; the log has them all",
            rows.len() - MOST
        );
    }
    let _ = writeln!(out, "\n</details>");
}

/// All of it for the log.
#[must_use]
pub fn log(predictions: &[Prediction]) -> String {
    let mut out = String::new();
    for prediction in predictions {
        let _ = writeln!(out, "{}: {}", prediction.style.name(), prediction.result());
        if let Some(refusal) = &prediction.refusal {
            let _ = writeln!(out, "  {refusal}");
        }
    }
    if let Some(first) = predictions.first() {
        let _ = write!(out, "{}", render::plan(&first.plan, render::Detail::Some));
    }
    out
}
