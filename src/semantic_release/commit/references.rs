//! References to issues, by the rules of `conventional-commits-parser`, in linear time (there it is cubic in a word's length).

use crate::semantic_release::commit::Reference;
use crate::semantic_release::commit::options::ParserOptions;
use crate::semantic_release::commit::text::{Needles, has_line_break, is_line_break, is_space, is_word};

/// Adds the references in one line to `found`; how many there were.
pub fn collect(line: &str, options: &ParserOptions, found: &mut Vec<Reference>) -> usize {
    let before = found.len();
    let Some(prefixes) = &options.prefixes else {
        return 0;
    };
    // Most lines hold no prefix at all.
    if prefixes.find(line, 0).is_none() {
        return 0;
    }
    let mut with_action = false;
    if let Some(actions) = &options.actions {
        with_action = sentences(line, actions, |action, sentence| {
            in_sentence(sentence, action, prefixes, found)
        });
    }
    if !with_action {
        for sentence in line.split(is_line_break) {
            in_sentence(sentence, None, prefixes, found);
        }
    }
    found.len() - before
}

/// Gives each action with what follows it, up to the next action: `(actions)(?:\s+(.*?))(?=(?:actions)|$)`. Whether there is one.
fn sentences(line: &str, actions: &Needles, mut each: impl FnMut(Option<&str>, &str)) -> bool {
    let mut any = false;
    let mut from = 0;
    while let Some(start) = actions.find(line, from) {
        let rest = line.get(start..).unwrap_or_default();
        let found = actions.at(rest).find_map(|length| {
            let after = rest.get(length..)?;
            let begin = start + length + after.len() - after.trim_start_matches(is_space).len();
            if begin == start + length {
                return None;
            }
            let end = actions.find(line, begin).unwrap_or(line.len());
            let sentence = line.get(begin..end)?;
            (!has_line_break(sentence)).then(|| {
                (
                    rest.get(..length).filter(|action| !action.is_empty()),
                    sentence,
                    end,
                )
            })
        });
        match found {
            Some((action, sentence, end)) => {
                any = true;
                each(action, sentence);
                from = end;
            }
            None => from = start + rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    any
}

/// `(?:.*?)??\s*([\w-\.\/]*?)??(prefixes)([\w-]+)(?=\s|$|[,;)\]])`, again and again. The first place where a prefix, an
/// issue and an end follow each other decides; the repository is what stands before it.
fn in_sentence(sentence: &str, action: Option<&str>, prefixes: &Needles, found: &mut Vec<Reference>) {
    if has_address(sentence) {
        return;
    }
    let bytes = sentence.as_bytes();
    let mut start = 0;
    let mut from = 0;
    // Where the run of issue letters ends that was looked at last: runs are looked at once.
    let mut run = (0, 0);
    while let Some(at) = prefixes.find(sentence, from) {
        let rest = sentence.get(at..).unwrap_or_default();
        let hit = prefixes.at(rest).find_map(|length| {
            let issue = at + length;
            if !(run.0..run.1).contains(&issue) {
                let letters = bytes
                    .iter()
                    .skip(issue)
                    .take_while(|byte| is_issue(**byte))
                    .count();
                run = (issue, issue + letters);
            }
            (run.1 > issue && ends_issue(sentence.get(run.1..)?)).then_some((length, run.1))
        });
        let Some((length, end)) = hit else {
            from = at + rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let path = bytes
            .get(start..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|byte| is_path(**byte))
            .count();
        let path = sentence.get(at - path..at).filter(|path| !path.is_empty());
        let (owner, repository) = match path.map(|path| path.split_once('/')) {
            Some(Some((owner, repository))) => (Some(owner), Some(repository)),
            Some(None) => (None, path),
            None => (None, None),
        };
        let text = |from: usize, to: usize| sentence.get(from..to).unwrap_or_default().to_owned();
        found.push(Reference {
            raw: text(start, end),
            action: action.map(str::to_owned),
            owner: owner.map(str::to_owned),
            repository: repository.map(str::to_owned),
            prefix: text(at, at + length),
            issue: text(at + length, end),
        });
        start = end;
        from = end;
    }
}

fn is_issue(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

fn is_path(byte: u8) -> bool {
    is_issue(byte) || byte == b'.' || byte == b'/'
}

fn ends_issue(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|char| is_space(char) || matches!(char, ',' | ';' | ')' | ']'))
}

/// `/\b(?:https?):\/\/(?:www\.)?([-a-zA-Z0-9@:%_+.~#?&//=])+\b/`: a sentence with an address has no references.
fn has_address(sentence: &str) -> bool {
    let bytes = sentence.as_bytes();
    sentence.match_indices("://").any(|(at, colon)| {
        let before = bytes.get(..at).unwrap_or_default();
        let Some(start) = [b"https".as_slice(), b"http"]
            .iter()
            .find_map(|scheme| before.strip_suffix(*scheme))
        else {
            return false;
        };
        let address = bytes.get(at + colon.len()..).unwrap_or_default().iter();
        let mut address = address.take_while(|byte| is_word(**byte) || b"-@:%+.~#?&/=".contains(byte));
        start.last().is_none_or(|byte| !is_word(*byte)) && address.any(|byte| is_word(*byte))
    })
}
