//! Which file holds the configuration: the places where cosmiconfig looks, in its order, in this one folder.

use std::path::Path;

use serde_json::Value;

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::config::strict;

/// A larger file is no configuration.
const LARGEST: u64 = 1 << 20;

/// Cosmiconfig's places, and last one of ours.
const PLACES: &[&str] = &[
    "package.json",
    ".releaserc",
    ".releaserc.json",
    ".releaserc.yaml",
    ".releaserc.yml",
    ".releaserc.js",
    ".releaserc.ts",
    ".releaserc.cjs",
    ".releaserc.mjs",
    ".config/releaserc",
    ".config/releaserc.json",
    ".config/releaserc.yaml",
    ".config/releaserc.yml",
    ".config/releaserc.js",
    ".config/releaserc.ts",
    ".config/releaserc.cjs",
    ".config/releaserc.mjs",
    "release.config.js",
    "release.config.ts",
    "release.config.cjs",
    "release.config.mjs",
    "release.config.json",
];

/// A configuration file.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its path, relative to the folder.
    pub file: String,
    /// What it says.
    pub value: Value,
    /// Further files that would hold a configuration.
    pub unread: Vec<String>,
}

/// Finds the configuration of a folder.
///
/// # Errors
/// Configuration, when the file is JavaScript or TypeScript, too large, or no JSON or YAML.
pub fn find(folder: &Path) -> Result<Option<Found>> {
    let mut found: Option<Found> = None;
    for place in PLACES {
        let Some(text) = content(folder, place)? else {
            continue;
        };
        match &mut found {
            // What is wrong with a file that is not read is nobody's concern.
            Some(found) => {
                if *place != "package.json" && !text.trim().is_empty() {
                    found.unread.push((*place).to_owned());
                }
            }
            None => {
                if let Some(value) = value(place, &text)? {
                    found = Some(Found {
                        file: (*place).to_owned(),
                        value,
                        unread: Vec::new(),
                    });
                }
            }
        }
    }
    Ok(found)
}

fn content(folder: &Path, place: &str) -> Result<Option<String>> {
    let path = folder.join(place);
    let length = match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => meta.len(),
        Ok(_) | Err(_) => return Ok(None),
    };
    if length > LARGEST {
        return Err(
            Failure::config(format!("{place} has {length} bytes, more than {LARGEST}"))
                .hint("a configuration is a few lines; is this the right file?"),
        );
    }
    let bytes = std::fs::read(&path)
        .map_err(|error| Failure::config(format!("{place} cannot be read")).because(error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::config(format!("{place} is not UTF-8")).hint("save it as UTF-8, without a byte order mark")
    })?;
    Ok(Some(
        text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned),
    ))
}

/// What one file says about releases; none where it says nothing.
///
/// # Errors
/// Configuration, when it is a program, or no JSON or YAML.
pub fn value(place: &str, text: &str) -> Result<Option<Value>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let extension = Path::new(place)
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default();
    let value = match extension {
        "json" => strict::json(text),
        "yaml" | "yml" | "" | "releaserc" => strict::yaml(text),
        _ => {
            return Err(Failure::config(format!(
                "{place} is a program; this release tool runs no code of the repository"
            ))
            .hint(format!(
                "write what it exports into .releaserc.json, and remove {place}; \
                 node -e 'import(\"./{place}\").then(m => console.log(JSON.stringify(m.default, null, 2)))' prints it"
            )));
        }
    };
    let value = match value {
        Ok(value) => value,
        // A package.json with mistakes of its own is not about releases; npm will tell.
        Err(_) if place == "package.json" && !text.contains("\"release\"") => return Ok(None),
        Err(error) => return Err(Failure::config(format!("{place} cannot be read")).because(error)),
    };
    let value = match (place, value) {
        ("package.json", Value::Object(mut package)) => package.remove("release").unwrap_or_default(),
        ("package.json", _) => Value::Null,
        (_, value) => value,
    };
    Ok(Some(value).filter(|value| !value.is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::outcome::Kind;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        folder
    }

    fn found(files: &[(&str, &str)]) -> Option<(String, Vec<String>)> {
        find(folder(files).path())
            .expect("readable")
            .map(|found| (found.file, found.unread))
    }

    #[test]
    fn the_first_place_counts_and_the_others_are_named() {
        assert_eq!(found(&[]), None);
        let all = [
            ("package.json", r#"{"release": {"branches": "a"}}"#),
            (".releaserc", "branches: b"),
            (".releaserc.yml", "branches: c"),
            ("release.config.js", "export default {}"),
        ];
        let unread = [".releaserc", ".releaserc.yml", "release.config.js"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(found(&all), Some(("package.json".to_owned(), unread)));
        // A manifest without `release`, an empty file and a folder are none.
        let files = [
            ("package.json", "{}"),
            (".releaserc", " \n"),
            (".releaserc.json/x", ""),
            ("release.config.json", "{}"),
        ];
        assert_eq!(found(&files), Some(("release.config.json".to_owned(), vec![])));
        assert_eq!(
            found(&[(".releaserc", "{\n\t\"branches\": \"a\"\n}")])
                .map(|found| found.0)
                .as_deref(),
            Some(".releaserc")
        );
        assert_eq!(
            found(&[(".config/releaserc", "a: b")])
                .map(|found| found.0)
                .as_deref(),
            Some(".config/releaserc")
        );
        assert_eq!(found(&[("package.json", "{ broken")]), None);
    }

    #[test]
    fn programs_and_rubbish_are_refused_by_name() {
        for (name, text) in [
            ("release.config.js", "export default {}"),
            ("release.config.mjs", "export default {}"),
            (".releaserc.cjs", "module.exports = {}"),
            (".releaserc.ts", "export default {}"),
            (".releaserc.json", "{ 'a': 1 }"),
            (".releaserc.json", "{\"a\": 1, \"a\": 2}"),
            (".releaserc.yaml", "a: [b"),
            ("package.json", "{\"release\": {"),
        ] {
            let failure = find(folder(&[(name, text)]).path()).expect_err(name);
            assert_eq!(failure.kind(), Kind::Config, "{name}");
            assert!(failure.to_string().contains(name), "{failure}");
        }
        let large = " ".repeat(2 << 20);
        assert!(find(folder(&[(".releaserc", &large)]).path()).is_err());
    }
}
