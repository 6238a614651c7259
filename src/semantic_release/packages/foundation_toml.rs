//! `foundation.toml`: a package that no other manifest describes, or more about one that has some.
//!
//! ```toml
//! name = "api"                                     # needed where no other manifest has a name; wins over theirs
//! version-files = [                                # optional; relative to the folder
//!     "VERSION",                                   # all of the file is the version
//!     'src/version.py:^__version__ = "(.*)"$',     # a regular expression with one group, the version
//! ]
//! ```

use super::discover::MOST;
use super::model::{Manifest, ManifestKind, Publish};
use super::toml_text;
use super::version_file::VersionFile;

/// Reads the file.
///
/// # Errors
/// All that is wrong with it, each with its line.
pub fn read(path: &str, folder: &str, text: &str) -> Result<(Manifest, Vec<VersionFile>), Vec<String>> {
    let document = toml_text::parse(text).map_err(|(line, what)| vec![format!("{path}:{line}: {what}")])?;
    let mut problems = Vec::new();
    let mut name = None;
    let mut version_files = Vec::new();
    for (key, item) in document.iter() {
        if problems.len() >= MOST {
            break;
        }
        let line = document
            .key(key)
            .and_then(toml_edit::Key::span)
            .map_or(1, |span| super::json::line(text, span.start));
        let mut problem = |what: String| problems.push(format!("{path}:{line}: {what}"));
        match key {
            "name" => match item.as_str() {
                Some(text) => name = Some(text.to_owned()),
                None => problem("name has to be a string".to_owned()),
            },
            "version-files" => {
                let Some(list) = item.as_array() else {
                    problem("version-files has to be a list of strings".to_owned());
                    continue;
                };
                for entry in list {
                    let file = entry
                        .as_str()
                        .ok_or_else(|| "version-files has to be a list of strings".to_owned())
                        .and_then(|text| VersionFile::parse(folder, text));
                    match file {
                        Ok(file) => version_files.push(file),
                        Err(what) => problem(what),
                    }
                }
            }
            other => problem(format!(
                "'{}' is unknown here; there are name and version-files",
                crate::kit::text::one_line(other)
            )),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let manifest = Manifest {
        kind: ManifestKind::Foundation,
        path: path.to_owned(),
        name,
        version: None,
        version_from: None,
        private: true,
        publish: Publish::default(),
        wants: Vec::new(),
    };
    Ok((manifest, version_files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_its_name_and_its_versions() {
        let text = "name = \"api\"\nversion-files = [\"VERSION\", 'v.py:v = \"(.*)\"']\n";
        let (manifest, files) = read("api/foundation.toml", "api", text).expect("good");
        assert_eq!(manifest.name.as_deref(), Some("api"));
        assert_eq!(files[1].path, "api/v.py");
        let wrong =
            read("f", ".", "name = 1\nversion-files = [2, \"x:y\"]\nnames = \"\"\n").expect_err("wrong");
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        assert!(wrong[3].starts_with("f:3: 'names' is unknown"), "{wrong:?}");
        assert!(read("f", ".", "a = \n").expect_err("wrong")[0].starts_with("f:1: "));
    }
}
