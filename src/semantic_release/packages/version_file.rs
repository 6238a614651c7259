//! Any file that holds a version: `VERSION`, or `src/version.py:__version__ = "(.*)"`.

use regex::{Regex, RegexBuilder};

use super::files;

/// A file, and where in it the version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// The file, relative to the repository.
    pub path: String,
    /// A pattern with exactly one group, the version; none where the version is all that the file holds.
    pub pattern: Option<String>,
}

impl VersionFile {
    /// Parses `file` or `file:pattern`, relative to a folder of the repository. The pattern is a regular expression (`^` and
    /// `$` are a line's ends) with exactly one group; each place that matches gets the version.
    ///
    /// # Errors
    /// A text that says what is wrong.
    pub fn parse(folder: &str, text: &str) -> Result<Self, String> {
        let (file, pattern) = match text.split_once(':') {
            Some((file, pattern)) => (file, Some(pattern)),
            None => (text, None),
        };
        let path = files::resolve(folder, file.trim())
            .filter(|path| !file.trim().is_empty() && !file.starts_with('/') && path != "." && path != folder)
            .ok_or_else(|| format!("'{file}' is no file of the repository"))?;
        if let Some(pattern) = pattern {
            compile(pattern)?;
        }
        Ok(Self {
            path,
            pattern: pattern.map(str::to_owned),
        })
    }

    /// The places of the version in the file's text.
    ///
    /// # Errors
    /// A text that says what is wrong: nothing matches, or the group matches nothing.
    pub fn places(&self, text: &str) -> Result<Vec<std::ops::Range<usize>>, String> {
        let Some(pattern) = &self.pattern else {
            let version = text.trim_start_matches('\u{FEFF}').trim();
            if version.contains('\n') {
                return Err(
                    "it holds more than a version; name the place by a pattern, as in 'file:version = (.*)'"
                        .to_owned(),
                );
            }
            let start = text.find(version).unwrap_or(0);
            let start = if version.is_empty() && text.starts_with('\u{FEFF}') {
                3
            } else {
                start
            };
            return Ok(std::iter::once(start..start + version.len()).collect());
        };
        let mut places = Vec::new();
        for found in compile(pattern)?.captures_iter(text) {
            let group = found
                .get(1)
                .ok_or_else(|| format!("the group of the pattern '{pattern}' matches nothing"))?;
            places.push(group.range());
        }
        if places.is_empty() {
            return Err(format!("the pattern '{pattern}' matches nothing in it"));
        }
        Ok(places)
    }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern)
        .multi_line(true)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| {
            let what = error.to_string();
            let what = what
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            format!("'{pattern}' is no regular expression: {what}")
        })?;
    match regex.captures_len() {
        2 => Ok(regex),
        groups => Err(format!(
            "the pattern '{pattern}' has {} groups; it needs exactly one, around the version",
            groups - 1
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(spec: &str, text: &str) -> Result<Vec<String>, String> {
        let file = VersionFile::parse("a", spec)?;
        Ok(file
            .places(text)?
            .into_iter()
            .map(|place| text[place].to_owned())
            .collect())
    }

    #[test]
    fn versions_are_found_in_any_file() {
        assert_eq!(places("VERSION", " 1.2.3\r\n"), Ok(vec!["1.2.3".to_owned()]));
        assert_eq!(places("VERSION", ""), Ok(vec![String::new()]));
        assert_eq!(
            places(
                "v.py:^__version__ = \"(.*)\"$",
                "x\n__version__ = \"1.0\"\n__version__ = \"2\"\n"
            ),
            Ok(vec!["1.0".to_owned(), "2".to_owned()])
        );
        assert_eq!(VersionFile::parse("a/b", "../x:y(z)").expect("good").path, "a/x");
        for wrong in [
            "",
            "/etc/x",
            "../../x",
            "a:b",
            "a:(b)(c)",
            "a:(",
            ".",
            "a:(x{9999}){9999}",
        ] {
            assert!(VersionFile::parse("a", wrong).is_err(), "{wrong}");
        }
        assert!(
            places("a:v=(x)", "y")
                .expect_err("nothing")
                .contains("matches nothing")
        );
        assert!(
            places("a", "x\ny")
                .expect_err("two lines")
                .contains("more than a version")
        );
    }
}
