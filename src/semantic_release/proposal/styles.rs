//! The commits a forge makes when it merges a pull request, for each style of merging.
//!
//! The texts are those of Forgejo and Gitea (`services/pull/merge.go`): the project's own templates where it has them, else
//! the forge's defaults. Whoever merges can change them in the form; the prediction is for whoever does not.

use serde::Serialize;

use crate::kit::context::PullRequest;

/// A style of merging that a forge offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// The commits as they are, and a merge commit on top.
    Merge,
    /// The commits moved onto the branch, and nothing on top.
    Rebase,
    /// The commits moved onto the branch, and a merge commit on top.
    RebaseMerge,
    /// One commit that holds all changes; its text is the pull request's title and body.
    Squash,
    /// The branch moves forward to the commits as they are.
    FastForwardOnly,
}

impl Style {
    /// All styles, in the order the forge offers them.
    pub const ALL: [Self; 5] = [
        Self::Merge,
        Self::Rebase,
        Self::RebaseMerge,
        Self::Squash,
        Self::FastForwardOnly,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge commit",
            Self::Rebase => "rebase",
            Self::RebaseMerge => "rebase and merge commit",
            Self::Squash => "squash",
            Self::FastForwardOnly => "fast-forward",
        }
    }

    /// What the forge's API calls it.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::RebaseMerge => "rebase-merge",
            Self::Squash => "squash",
            Self::FastForwardOnly => "fast-forward-only",
        }
    }

    /// The name of the project's own template for the message, in `default_merge_message/` of `.forgejo/` or `.gitea/`.
    #[must_use]
    pub fn template(self) -> Option<&'static str> {
        match self {
            Self::Merge => Some("MERGE_TEMPLATE.md"),
            Self::Rebase => Some("REBASE_TEMPLATE.md"),
            Self::RebaseMerge => Some("REBASE-MERGE_TEMPLATE.md"),
            Self::Squash => Some("SQUASH_TEMPLATE.md"),
            Self::FastForwardOnly => None,
        }
    }

    /// Whether the proposed commits themselves reach the branch.
    #[must_use]
    pub fn keeps_commits(self) -> bool {
        self != Self::Squash
    }
}

/// The message of the commit that the forge adds, or none where it adds none. A rebase adds none, but where the project has a
/// template for it, the last commit, whose message is `last`, gets this one instead.
#[must_use]
pub fn message(
    style: Style,
    pull: &PullRequest,
    template: Option<&str>,
    address: &str,
    last: &str,
) -> Option<String> {
    let number = pull.number;
    let reviewed_on = format!("Reviewed-on: {address}");
    let own = template.filter(|_| style.template().is_some()).map(|template| {
        let (title, body) = last.split_once('\n').unwrap_or((last, ""));
        let commit = (title.trim(), body.trim());
        expand(template, |name| value(name, pull, &reviewed_on, commit))
    });
    let from = match (&pull.head_repository, pull.from_fork) {
        (_, false) => pull.head_ref.clone(),
        (Some(name), true) => format!("{name}:{}", pull.head_ref),
        (None, true) => format!("<deleted>:{}", pull.head_ref),
    };
    let merged = format!(
        "Merge pull request '{}' (#{number}) from {from} into {}",
        pull.title, pull.base_ref
    );
    let (title, body) = match (style, own) {
        (Style::FastForwardOnly, _) | (Style::Rebase, None) => return None,
        // The form puts the description in front, whatever the template says.
        (Style::Squash, Some((title, body))) => (title, joined(pull.body.trim(), &body)),
        (Style::Squash, None) => (
            format!("{} (#{number})", pull.title),
            joined(pull.body.trim(), &reviewed_on),
        ),
        (Style::Merge | Style::RebaseMerge | Style::Rebase, Some((title, body))) => (title, body),
        (Style::Merge | Style::RebaseMerge, None) => (merged, reviewed_on),
    };
    // Without a title the forge leaves a rebased commit as it is.
    if style == Style::Rebase && title.is_empty() {
        return None;
    }
    Some(cleaned(&joined(&title, &body)))
}

fn joined(title: &str, body: &str) -> String {
    match (title, body) {
        (title, "") => title.to_owned(),
        ("", body) => body.to_owned(),
        (title, body) => format!("{title}\n\n{body}"),
    }
}

/// What `git commit --message` makes of a text: no spaces at the end of a line (nor the carriage returns of a form), never two
/// empty lines, none at either end.
fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.split('\n') {
        let line = line.trim_end_matches([' ', '\t', '\r']);
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('\n');
        }
        gap = false;
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}

/// The project's template: its first line is the title, the rest the body. Variables are expanded once, so that what a title
/// holds is text and no variable.
fn expand(template: &str, value: impl Fn(&str) -> String) -> (String, String) {
    let template = template.trim();
    let (title, body) = template.split_once('\n').unwrap_or((template, ""));
    (fill(title, &value), fill(body.trim(), &value))
}

fn value(name: &str, pull: &PullRequest, reviewed_on: &str, commit: (&str, &str)) -> String {
    let part = |repository: &Option<String>, owner: bool| {
        let (first, second) = repository
            .as_deref()
            .and_then(|name| name.split_once('/'))
            .unwrap_or_default();
        if owner { first } else { second }.to_owned()
    };
    match name {
        "BaseRepoOwnerName" => part(&pull.base_repository, true),
        "BaseRepoName" => part(&pull.base_repository, false),
        "BaseBranch" => pull.base_ref.clone(),
        "HeadRepoOwnerName" => part(&pull.head_repository, true),
        "HeadRepoName" => part(&pull.head_repository, false),
        "HeadBranch" => pull.head_ref.clone(),
        "PullRequestTitle" => pull.title.clone(),
        "PullRequestDescription" => pull.body.clone(),
        "PullRequestPosterName" => pull.poster.clone(),
        "PullRequestIndex" => pull.number.to_string(),
        "PullRequestReference" => format!("#{}", pull.number),
        "ReviewedOn" => reviewed_on.to_owned(),
        "CommitTitle" => commit.0.to_owned(),
        "CommitBody" => commit.1.to_owned(),
        // ReviewedBy and ClosingIssues change until the merge and decide nothing; an unknown name is empty, as on the forge.
        _ => String::new(),
    }
}

/// Replaces `${name}` and `$name`, as Go's `os.Expand` does, which forges use: there `$$` and `$1` are variables too.
fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inner) = rest.strip_prefix('{') {
            match inner.split_once('}') {
                Some((name, next)) => {
                    out.push_str(&value(name));
                    rest = next;
                }
                None => rest = inner,
            }
            continue;
        }
        let special = |c: char| "*#$@!?-".contains(c) || c.is_ascii_digit();
        let end = match rest.chars().next() {
            Some(first) if special(first) => 1,
            _ => rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len()),
        };
        let (name, next) = rest.split_at(end);
        if name.is_empty() {
            out.push('$');
        } else {
            out.push_str(&value(name));
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull() -> PullRequest {
        PullRequest {
            number: 7,
            title: "feat: a ${BaseBranch} thing".to_owned(),
            body: "Why.\n\nBREAKING CHANGE: all\n".to_owned(),
            head_ref: "topic".to_owned(),
            base_ref: "master".to_owned(),
            head_repository: Some("o/n".to_owned()),
            base_repository: Some("o/n".to_owned()),
            poster: "ann".to_owned(),
            ..PullRequest::default()
        }
    }

    #[test]
    fn the_forges_own_messages() {
        let message = |style| message(style, &pull(), None, "https://f/o/n/pulls/7", "fix: x");
        assert_eq!(
            message(Style::Merge).as_deref(),
            Some(
                "Merge pull request 'feat: a ${BaseBranch} thing' (#7) from topic into master\n\nReviewed-on: https://f/o/n/pulls/7"
            )
        );
        assert_eq!(
            message(Style::Squash).as_deref(),
            Some(
                "feat: a ${BaseBranch} thing (#7)\n\nWhy.\n\nBREAKING CHANGE: all\n\nReviewed-on: https://f/o/n/pulls/7"
            )
        );
        assert_eq!(message(Style::Rebase), None);
        assert_eq!(message(Style::FastForwardOnly), None);
        let mut fork = pull();
        fork.from_fork = true;
        fork.head_repository = Some("them/n".to_owned());
        assert!(
            super::message(Style::Merge, &fork, None, "x", "")
                .is_some_and(|text| text.contains("from them/n:topic"))
        );
    }

    #[test]
    fn a_template_is_expanded_once() {
        let template = "fix($HeadBranch): ${PullRequestTitle} $$ ${Nothing} $.!\n\n\n${PullRequestDescription}${ReviewedOn} ${";
        let text = |style| message(style, &pull(), Some(template), "A", "fix: x");
        assert_eq!(
            text(Style::Merge).as_deref(),
            Some(
                "fix(topic): feat: a ${BaseBranch} thing   $.!\n\nWhy.\n\nBREAKING CHANGE: all\nReviewed-on: A"
            )
        );
        // The form of a squash starts with the description.
        assert!(text(Style::Squash).is_some_and(|text| text.matches("BREAKING CHANGE: all").count() == 2));
        assert_eq!(text(Style::FastForwardOnly), None);
    }

    #[test]
    fn a_rebase_with_a_template_changes_the_last_commit() {
        let of = |template| message(Style::Rebase, &pull(), Some(template), "A", "fix: x\n\nbody\n");
        assert_eq!(
            of("${CommitTitle} ($PullRequestReference)\n${CommitBody}").as_deref(),
            Some("fix: x (#7)\n\nbody")
        );
        assert_eq!(of(" \n"), None);
    }

    #[test]
    fn texts_are_cleaned_as_git_does() {
        let text = "\n\na \r\n\r\n\t\r\n\r\nb\r\n  c\n# d\n\n";
        assert_eq!(cleaned(text), "a\n\nb\n  c\n# d");
        assert_eq!(cleaned(" \n"), "");
    }
}
