//! Everything that is wrong with a configuration, at once.

use crate::kit::outcome::Failure;

/// More than these are not listed.
const MOST: usize = 20;

/// What was found wrong.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<String>,
}

impl Problems {
    /// Notes a problem, and what to write instead.
    pub fn add(&mut self, what: impl AsRef<str>, instead: impl AsRef<str>) {
        self.found
            .push(format!("{} ({})", what.as_ref(), instead.as_ref()));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// One failure for all of them; none where there are none.
    #[must_use]
    pub fn failure(&self, file: &str) -> Option<Failure> {
        let (first, rest) = self.found.split_first()?;
        let text = if rest.is_empty() {
            format!("{file}: {first}")
        } else {
            let mut text = format!("{file} has {} problems:", self.found.len());
            for problem in self.found.iter().take(MOST) {
                text.push_str("\n  ");
                text.push_str(problem);
            }
            if self.found.len() > MOST {
                text.push_str("\n  and more");
            }
            text
        };
        Some(Failure::config(text).hint("docs/semantic-release.md lists what a configuration may say"))
    }
}
