//! Several changes of one text.

use std::ops::Range;

use crate::semantic_release::packages::json;

/// Changes, in bytes of the text as it was.
#[derive(Debug, Default)]
pub struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    /// Replaces a part of the text.
    pub fn replace(&mut self, part: Range<usize>, by: String) {
        self.0.push((part, by));
    }

    /// Puts something between two bytes of it.
    pub fn insert(&mut self, at: usize, what: String) {
        self.0.push((at..at, what));
    }

    /// The new text. The same change twice is one.
    ///
    /// # Errors
    /// The line where two changes meet.
    pub fn apply(mut self, text: &str) -> Result<String, usize> {
        self.0.sort_by_key(|(part, _)| (part.start, part.end));
        self.0.dedup();
        let mut new = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for (index, (part, by)) in self.0.iter().enumerate() {
            let same_place = index > 0 && self.0[index - 1].0 == *part;
            if part.start < at || same_place {
                return Err(json::line(text, part.start));
            }
            new.push_str(&text[at..part.start]);
            new.push_str(by);
            at = part.end;
        }
        new.push_str(&text[at..]);
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_do_not_meet() {
        let change = |list: &[(Range<usize>, &str)]| {
            let mut splices = Splices::default();
            for (part, by) in list {
                splices.replace(part.clone(), (*by).to_owned());
            }
            splices.apply("ab\ncd")
        };
        assert_eq!(
            change(&[(3..4, "X"), (0..1, "Y"), (0..1, "Y")]),
            Ok("Yb\nXd".to_owned())
        );
        assert_eq!(change(&[(3..5, "X"), (4..5, "Y")]), Err(2));
        assert_eq!(change(&[(1..1, "X"), (1..1, "Y")]), Err(1));
    }
}
