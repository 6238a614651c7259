//! The file `VERSIONS`: everything pinned that is not in a lock file, as `KEY=value` lines.

use std::collections::BTreeMap;

use crate::kit::outcome::{Failure, Result};

/// The pins, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions(BTreeMap<String, String>);

impl Versions {
    /// Parses the file: `KEY=value`, comments with `#`, empty lines.
    ///
    /// # Errors
    /// Configuration, naming the line.
    pub fn parse(text: &str) -> Result<Self> {
        let mut pins = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| Failure::config(format!("VERSIONS:{}: {what}", number + 1));
            let (key, value) = line.split_once('=').ok_or_else(|| wrong("is not KEY=value"))?;
            if key.is_empty()
                || !key
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            {
                return Err(wrong("a key is made of A-Z, 0-9 and _"));
            }
            if pins.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(wrong("the key stands here twice"));
            }
        }
        Ok(Self(pins))
    }

    /// The value of a key.
    ///
    /// # Errors
    /// Configuration, when the key is missing or empty.
    pub fn get(&self, key: &str) -> Result<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::config(format!("VERSIONS has no value for {key}")))
    }

    /// All pins.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_values_and_mistakes() {
        let versions =
            Versions::parse("# pins\nIMAGE_CI=foundation-ci@sha256:00\n\nEMPTY=\n").expect("parsed");
        assert_eq!(
            versions.get("IMAGE_CI").expect("a value"),
            "foundation-ci@sha256:00"
        );
        assert!(versions.get("EMPTY").is_err() && versions.get("OTHER").is_err());
        for wrong in ["a=b", "NOTHING", "A=1\nA=2"] {
            assert!(Versions::parse(wrong).is_err(), "{wrong}");
        }
    }
}
