//! Which commits are shown, and in which section: the rules of the presets.

use crate::semantic_release::commit::{Commit, Parsed};
use crate::semantic_release::notes::settings::{Preset, Settings, Type};

/// The section of commits whose message has no type.
const UNTYPED: &str = "Other changes";

/// A commit with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picked<'a> {
    pub(super) commit: &'a Commit,
    pub(super) parsed: &'a Parsed,
    /// The title of its section; empty where Node shows none.
    pub(super) section: &'a str,
    /// Its scope, if one is shown.
    pub(super) scope: Option<&'a str>,
    /// Whether it is shown only because nothing else is.
    pub(super) hidden: bool,
}

/// Places a commit as Node does with this preset; none where Node leaves it out.
pub(super) fn as_node<'a>(
    settings: &'a Settings,
    commit: &'a Commit,
    parsed: &'a Parsed,
) -> Option<Picked<'a>> {
    let kept = !parsed.notes.is_empty();
    let kind = parsed.kind.as_deref().unwrap_or_default();
    let (section, shown) = match settings.preset {
        Preset::ConventionalCommits => {
            let entry = entry(settings, parsed, kind);
            let section = entry.map_or(kind, |entry| entry.section.as_deref().unwrap_or_default());
            let shown = kept || parsed.release_as.is_some() || entry.is_some_and(|entry| !entry.hidden);
            (section, shown && in_scope(settings, parsed))
        }
        Preset::Angular => {
            let key = match kind {
                "feat" | "fix" | "perf" => kind,
                _ if parsed.revert.is_some() => "revert",
                _ => kind,
            };
            let entry = settings.types.iter().find(|entry| entry.kind == key);
            let section = entry.and_then(|entry| entry.section.as_deref()).unwrap_or(kind);
            (section, kept || entry.is_some_and(|entry| !entry.hidden))
        }
    };
    shown.then(|| picked(settings, commit, parsed, section, false))
}

/// Places a commit in our own layout: as Node, and what Node leaves out is kept aside.
pub(super) fn as_ours<'a>(
    settings: &'a Settings,
    commit: &'a Commit,
    parsed: &'a Parsed,
) -> Option<Picked<'a>> {
    if !in_scope(settings, parsed) {
        return None;
    }
    let kind = parsed.kind.as_deref().unwrap_or_default();
    let entry = entry(settings, parsed, kind);
    let named = entry.and_then(|entry| entry.section.as_deref()).unwrap_or(kind);
    let section = if named.is_empty() { UNTYPED } else { named };
    let shown =
        !parsed.notes.is_empty() || parsed.release_as.is_some() || entry.is_some_and(|entry| !entry.hidden);
    Some(picked(settings, commit, parsed, section, !shown))
}

fn picked<'a>(
    settings: &Settings,
    commit: &'a Commit,
    parsed: &'a Parsed,
    section: &'a str,
    hidden: bool,
) -> Picked<'a> {
    // Of one configured scope, the scope says nothing.
    let scope = parsed
        .scope
        .as_deref()
        .filter(|scope| !scope.is_empty() && *scope != "*" && settings.scope.is_empty());
    Picked {
        commit,
        parsed,
        section,
        scope,
        hidden,
    }
}

fn entry<'a>(settings: &'a Settings, parsed: &Parsed, kind: &str) -> Option<&'a Type> {
    let kind = if parsed.revert.is_some() {
        "revert".to_owned()
    } else {
        kind.to_lowercase()
    };
    settings.types.iter().find(|entry| {
        entry.kind == kind && (entry.scope.is_none() || entry.scope.as_deref() == parsed.scope.as_deref())
    })
}

fn in_scope(settings: &Settings, parsed: &Parsed) -> bool {
    if settings.scope.is_empty() {
        return true;
    }
    let scope = parsed.scope.as_deref().unwrap_or_default();
    let among = parsed.scope.is_some()
        && scope
            .split(',')
            .any(|one| settings.scope.iter().any(|wanted| wanted == one));
    among || (!settings.scope_only && scope.is_empty())
}
