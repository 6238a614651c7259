//! Values that cannot be printed, and the masks that keep them out of everything we write.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Shorter pieces are not masked: they would blot out ordinary words and give the secret away by that.
const SHORTEST: usize = 4;

/// A secret. Its `Debug` and `Display` are redacted; [`Secret::expose`] is the one way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value and registers it with the masks, so that there is no secret that is not masked.
    pub fn new(value: impl Into<String>, masks: &Masks) -> Self {
        let value = value.into();
        masks.add(&value);
        Self(value)
    }

    /// The text itself, for the one place that has to send it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The set of texts that never leave this process. Cheap to clone; all clones share one set.
#[derive(Clone, Default)]
pub struct Masks(Arc<RwLock<Set>>);

#[derive(Default)]
struct Set {
    needles: BTreeSet<String>,
    search: Option<AhoCorasick>,
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks(***)")
    }
}

impl Masks {
    /// Registers a value, each of its lines, and the forms in which tools like to print it: base64, percent-encoded, as a
    /// JSON string.
    pub fn add(&self, value: &str) {
        let mut needles = BTreeSet::new();
        for piece in std::iter::once(value).chain(value.lines()) {
            let piece = piece.trim();
            if piece.len() < SHORTEST {
                continue;
            }
            needles.insert(piece.to_owned());
            needles.insert(STANDARD.encode(piece));
            needles.insert(STANDARD_NO_PAD.encode(piece));
            needles.insert(URL_SAFE.encode(piece));
            needles.insert(URL_SAFE_NO_PAD.encode(piece));
            needles.insert(url::form_urlencoded::byte_serialize(piece.as_bytes()).collect());
            if let Ok(json) = serde_json::to_string(piece) {
                needles.insert(json[1..json.len() - 1].to_owned());
            }
        }
        let mut set = match self.0.write() {
            Ok(set) => set,
            Err(poisoned) => poisoned.into_inner(),
        };
        if needles.is_subset(&set.needles) {
            return;
        }
        set.needles.extend(needles);
        // The longest first, so that a secret that contains another one is masked whole.
        set.search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&set.needles)
            .ok();
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let set = match self.0.read() {
            Ok(set) => set,
            Err(poisoned) => poisoned.into_inner(),
        };
        let mut masked = String::with_capacity(text.len());
        match &set.search {
            Some(search) => {
                search.replace_all_with(text, &mut masked, |_, _, out| {
                    out.push_str(MASK);
                    true
                });
            }
            // Fail closed: needles that cannot be searched for are a reason to say nothing.
            None if !set.needles.is_empty() => masked.push_str(MASK),
            None => masked.push_str(text),
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_each_of_its_forms() {
        let masks = Masks::default();
        let secret = Secret::new("p@ss \"word\"\nsecond line", &masks);
        assert_eq!(format!("{secret} {secret:?}"), "*** Secret(***)");
        for form in [
            "p@ss \"word\"",
            "second line",
            "cEBzcyAid29yZCI=",
            "p%40ss+%22word%22",
            "p@ss \\\"word\\\"",
        ] {
            assert_eq!(masks.apply(&format!("<{form}>")), "<***>", "{form}");
        }
    }

    #[test]
    fn the_longest_secret_wins_and_short_ones_do_not_blot_out_words() {
        let masks = Masks::default();
        masks.add("token");
        masks.add("token-and-more");
        masks.add("a");
        assert_eq!(masks.apply("a token-and-more, a token"), "a ***, a ***");
    }
}
