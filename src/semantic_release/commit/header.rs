//! The header patterns of the presets, read by hand.

use crate::semantic_release::commit::text::{has_line_break, is_word};

/// Which mark may stand before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `!` or nothing: `/^(\w*)(?:\((.*)\))?!?: (.*)$/`, preset `conventionalcommits`.
    Optional,
    /// `!`: `/^(\w*)(?:\((.*)\))?!: (.*)$/`, its breaking changes.
    Required,
    /// Nothing: `/^(\w*)(?:\((.*)\))?: (.*)$/`, preset `angular`.
    None,
}

/// Type, scope and subject.
#[must_use]
pub fn parts(header: &str, mark: Mark) -> Option<[Option<&str>; 3]> {
    // `.` matches no line break, and everything after the type is matched by it or by plain characters.
    if has_line_break(header) {
        return None;
    }
    let length = header.bytes().take_while(|byte| is_word(*byte)).count();
    let (kind, rest) = header.split_at_checked(length)?;
    let Some(inside) = rest.strip_prefix('(') else {
        return Some([Some(kind), None, Some(subject(rest, mark)?)]);
    };
    // The scope is greedy: the last `)` that the rest can follow ends it.
    inside.rmatch_indices(')').find_map(|(end, _)| {
        let subject = subject(inside.get(end + 1..)?, mark)?;
        Some([Some(kind), inside.get(..end), Some(subject)])
    })
}

fn subject(rest: &str, mark: Mark) -> Option<&str> {
    let marked = rest.strip_prefix('!');
    let rest = match mark {
        Mark::Optional => marked.unwrap_or(rest),
        Mark::Required => marked?,
        Mark::None => rest,
    };
    rest.strip_prefix(": ")
}
