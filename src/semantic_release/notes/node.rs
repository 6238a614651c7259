//! Subjects as Node's presets write them: what looks like an issue or a person becomes a link, nothing is escaped.

use std::collections::HashSet;

use crate::semantic_release::notes::links::expand;
use crate::semantic_release::notes::settings::{Preset, Settings};

/// The subject with its links, and the issues that became some: with their prefix, in the preset angular without.
pub(super) fn subject(
    subject: &str,
    settings: &Settings,
    site: &[(&str, &str)],
) -> (String, HashSet<String>) {
    let mut linked = HashSet::new();
    let with_issues = issues(subject, settings, site, &mut linked);
    (people(&with_issues, settings, site), linked)
}

fn issues(subject: &str, settings: &Settings, site: &[(&str, &str)], linked: &mut HashSet<String>) -> String {
    let angular = settings.preset == Preset::Angular;
    let fits = |c: char| c.is_ascii_digit() || (!angular && c.is_ascii_lowercase());
    let mut out = String::with_capacity(subject.len());
    let mut rest = subject;
    while let Some(character) = rest.chars().next() {
        let found = settings.issue_prefixes.iter().find_map(|prefix| {
            let after = rest.strip_prefix(prefix.as_str())?;
            let length = after.len() - after.trim_start_matches(fits).len();
            (length > 0).then(|| (prefix, &after[..length]))
        });
        if let Some((prefix, issue)) = found {
            let values = [site, &[("id", issue), ("prefix", prefix)]].concat();
            let url = expand(&settings.issue_url_format, &values);
            out.push_str(&format!("[{prefix}{issue}]({url})"));
            linked.insert(if angular {
                issue.to_owned()
            } else {
                format!("{prefix}{issue}")
            });
            rest = &rest[prefix.len() + issue.len()..];
        } else {
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

/// `/`[^`]*`|\B@([a-z0-9](?:-?[a-z0-9/]){0,38})/g` of both presets.
fn people(subject: &str, settings: &Settings, site: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(subject.len());
    let mut at = 0;
    // Without this, a text of single backticks would be searched to its end for each of them.
    let last_tick = subject.rfind('`').unwrap_or(0);
    while let Some(character) = subject[at..].chars().next() {
        let rest = &subject[at..];
        if character == '`' && at < last_tick {
            let end = rest[1..].find('`').map_or(1, |end| end + 2);
            out.push_str(&rest[..end]);
            at += end;
            continue;
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if character == '@' && !subject[..at].ends_with(word) {
            let length = name(&rest[1..]);
            if length > 0 {
                let user = &rest[1..=length];
                if user.contains('/') {
                    out.push_str(&rest[..=length]);
                } else {
                    let values = [site, &[("user", user)]].concat();
                    out.push_str(&format!(
                        "[@{user}]({})",
                        expand(&settings.user_url_format, &values)
                    ));
                }
                at += length + 1;
                continue;
            }
        }
        out.push(character);
        at += character.len_utf8();
    }
    out
}

/// How long the name is at the start of this text.
fn name(text: &str) -> usize {
    let bytes = text.as_bytes();
    let fits = |at: usize, slash: bool| {
        bytes.get(at).is_some_and(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || (slash && *byte == b'/')
        })
    };
    if !fits(0, false) {
        return 0;
    }
    let mut end = 1;
    for _ in 0..38 {
        if fits(end, true) {
            end += 1;
        } else if bytes.get(end) == Some(&b'-') && fits(end + 1, true) {
            end += 2;
        } else {
            break;
        }
    }
    end
}
