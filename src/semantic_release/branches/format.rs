//! Tag formats: `v${version}` and what a tag says by one.

use semver::Version;

use crate::semantic_release::branches::version::Written;

/// What stands for the version while a format is looked at: no ref may hold it.
const MARK: char = ' ';

/// A longer format, in bytes, makes no tag that git can keep in a file.
const LONGEST: usize = 1000;

/// A tag format: what stands before and behind the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFormat {
    prefix: String,
    suffix: String,
}

/// What is wrong with a tag format: Node's code, and the text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// `EINVALIDTAGFORMAT` or `ETAGNOVERSION`.
    pub code: &'static str,
    /// What is wrong.
    pub what: String,
}

impl Default for TagFormat {
    /// `v${version}`.
    fn default() -> Self {
        Self {
            prefix: "v".to_owned(),
            suffix: String::new(),
        }
    }
}

impl TagFormat {
    /// The format, as a configuration writes it.
    #[must_use]
    pub fn text(&self) -> String {
        self.tag_text("${version}")
    }

    /// Reads a format. `${version}` and `<%= version %>` stand for the version, exactly once; it is a template of lodash in
    /// Node, of which nothing else is taken.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let wrong = |code, what: String| Wrong { code, what };
        if text.len() > LONGEST {
            let what = format!("a tag format of {} bytes makes no valid tag name", text.len());
            return Err(vec![wrong("EINVALIDTAGFORMAT", what)]);
        }
        let compiled = compile(text).map_err(|what| vec![wrong("EINVALIDTAGFORMAT", what)])?;
        let mut problems = Vec::new();
        if !is_ref(&format!("refs/tags/{}", compiled.join("0.0.0"))) {
            let what = format!("the tag format '{text}' makes no valid tag name");
            problems.push(wrong("EINVALIDTAGFORMAT", what));
        }
        let marks = compiled.len() - 1
            + compiled
                .iter()
                .flat_map(|part| part.chars())
                .filter(|&c| c == MARK)
                .count();
        if marks != 1 {
            let what = format!("the tag format '{text}' has to hold ${{version}} exactly once");
            problems.push(wrong("ETAGNOVERSION", what));
        }
        match (compiled.as_slice(), problems.is_empty()) {
            ([prefix, suffix], true) => Ok(Self {
                prefix: prefix.clone(),
                suffix: suffix.clone(),
            }),
            (_, _) => Err(problems),
        }
    }

    /// The format of a package in a monorepo: `<name>-v${version}`.
    ///
    /// # Errors
    /// All that is wrong with it, for a name that cannot be part of a tag.
    pub fn of_package(name: &str) -> Result<Self, Vec<Wrong>> {
        let format = Self {
            prefix: format!("{name}-v"),
            suffix: String::new(),
        };
        if is_ref(&format!("refs/tags/{}", format.tag_text("0.0.0"))) {
            return Ok(format);
        }
        Err(vec![Wrong {
            code: "EINVALIDTAGFORMAT",
            what: format!("the package name '{name}' makes no valid tag name"),
        }])
    }

    /// What every tag of this format begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The tag of a version.
    #[must_use]
    pub fn tag(&self, version: &Version) -> String {
        self.tag_text(&version.to_string())
    }

    fn tag_text(&self, version: &str) -> String {
        format!("{}{version}{}", self.prefix, self.suffix)
    }

    /// The version that a tag stands for. As in Node nothing need end after the format's end: with `${version}-lts` the tag
    /// `2.0.0-lts-old` stands for 2.0.0.
    #[must_use]
    pub fn version(&self, tag: &str) -> Option<Written> {
        let rest = tag.strip_prefix(&self.prefix)?;
        // JavaScript's `.` ends at these, and `.+` takes as much as it can.
        let end = rest
            .find(['\n', '\r', '\u{2028}', '\u{2029}'])
            .unwrap_or(rest.len());
        let version = if self.suffix.is_empty() {
            &rest[..end]
        } else {
            let within = (end + self.suffix.len()).min(rest.len());
            let within = (within..=rest.len()).find(|&at| rest.is_char_boundary(at))?;
            let at = rest[..within].rfind(&self.suffix).filter(|&at| at <= end)?;
            &rest[..at]
        };
        Written::parse(version)
    }
}

/// The pieces of a template between its versions.
fn compile(text: &str) -> Result<Vec<String>, String> {
    let refuse = |what: &str| {
        format!(
            "the tag format '{text}' holds {what}; it may hold ${{version}} once, and plain text around it"
        )
    };
    let mut pieces = vec![String::new()];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = if let Some(after) = rest.strip_prefix("${") {
            after.split_once('}')
        } else if let Some(after) = rest.strip_prefix("<%=") {
            after.split_once("%>")
        } else {
            None
        };
        match inside {
            Some((expression, after)) if expression.trim() == "version" => {
                pieces.push(String::new());
                rest = after;
            }
            Some((expression, _)) => return Err(refuse(&format!("the expression '{}'", expression.trim()))),
            None if rest.starts_with("<%") => return Err(refuse("'<%'")),
            None => {
                if let Some(last) = pieces.last_mut() {
                    last.push(first);
                }
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    Ok(pieces)
}

/// Whether git takes this as the name of a ref: the rules of `git check-ref-format`.
#[must_use]
pub fn is_ref(name: &str) -> bool {
    let bad = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    name.contains('/')
        && !name.contains(bad)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(format: &str, tag: &str) -> Option<String> {
        let format = TagFormat::parse(format).expect(format);
        format.version(tag).map(|version| version.text)
    }

    #[test]
    fn tags_are_read_as_node_reads_them() {
        for (format, tag, expected) in [
            ("v${version}", "v1.2.3", Some("1.2.3")),
            ("v${version}", "vv1.2.3", Some("v1.2.3")),
            ("v${version}", "vvv1.2.3", None),
            ("v${version}", "v=1.2.3", None),
            ("v${version}", "V1.2.3", None),
            ("v${version}", "v", None),
            ("v${version}", "v1.2.3\u{2028}x", Some("1.2.3")),
            ("${version}", "v1.2.3", Some("v1.2.3")),
            ("${ version }", "1.2.3", Some("1.2.3")),
            ("r-<%= version %>", "r-1.2.3", Some("1.2.3")),
            ("${version}-lts", "2.0.0-lts-old", Some("2.0.0")),
            ("${version}-lts", "2.0.0-rc.1-lts", Some("2.0.0-rc.1")),
            ("${version}-lts", "2.0.0", None),
            ("${version}-lts", "-lts", None),
            ("${version}é", "1.0.0éé", None),
            ("r+${version}", "rr2.0.0", None),
            ("pkg@${version}", "other-pkg@2.0.0", None),
        ] {
            assert_eq!(version(format, tag).as_deref(), expected, "{format} {tag}");
        }
    }

    #[test]
    fn wrong_formats_are_named() {
        for (format, expected) in [
            ("", &["EINVALIDTAGFORMAT", "ETAGNOVERSION"][..]),
            ("v ${version}", &["EINVALIDTAGFORMAT", "ETAGNOVERSION"]),
            ("v${version}-${version}", &["ETAGNOVERSION"]),
            ("v", &["ETAGNOVERSION"]),
            ("v..${version}", &["EINVALIDTAGFORMAT"]),
            ("${version}.lock", &["EINVALIDTAGFORMAT"]),
            ("${version.major}", &["EINVALIDTAGFORMAT"]),
            ("<% x %>${version}", &["EINVALIDTAGFORMAT"]),
            ("-${version}:", &["EINVALIDTAGFORMAT"]),
        ] {
            let codes: Vec<_> = TagFormat::parse(format)
                .expect_err(format)
                .into_iter()
                .map(|wrong| wrong.code)
                .collect();
            assert_eq!(codes, expected, "{format}");
        }
        for part in ["${", "<%=", "x"] {
            let wrong = TagFormat::parse(&part.repeat(300_000)).expect_err(part);
            assert_eq!(wrong.len(), 1);
            assert!(wrong[0].what.len() < 100, "{}", wrong[0].what);
        }
    }

    #[test]
    fn packages_have_tags_of_their_own() {
        let format = TagFormat::of_package("@olsitec/x").expect("a format");
        assert_eq!(format.tag(&Version::new(1, 2, 3)), "@olsitec/x-v1.2.3");
        assert!(TagFormat::of_package("a b").is_err());
        assert!(TagFormat::of_package("${version}").is_ok());
    }
}
