//! The files that are attached to a release.

use std::path::Path;

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::apply::Asset;
use crate::semantic_release::config;
use crate::semantic_release::glob::Glob;
use crate::semantic_release::packages::Files;

/// Finds the files below a folder, which need not be known to git: a step before this one may have built them. With `missing`,
/// a pattern without a file is told to it; else that is an error.
///
/// # Errors
/// Configuration, when a pattern is none, or matches nothing; environment, when the folder cannot be read.
pub fn find(
    root: &Path,
    named: &[String],
    configured: &[config::Asset],
    missing: Option<&dyn Fn(String)>,
) -> Result<Vec<Asset>> {
    let by_hand = named.iter().map(|glob| config::Asset {
        paths: vec![glob.clone()],
        name: None,
        label: None,
    });
    let wanted: Vec<config::Asset> = by_hand.chain(configured.iter().cloned()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let files = Files::folder(root);
    let paths = files.paths()?;
    let mut assets: Vec<Asset> = Vec::new();
    for wanted in &wanted {
        let mut found = 0;
        let patterns = wanted
            .paths
            .iter()
            .map(|text| pattern(text))
            .collect::<Result<Vec<_>>>()?;
        for path in paths {
            // The last pattern that fits decides: a `!` takes files away again.
            let fits = patterns.iter().rev().find(|(_, glob)| glob.is_match(path));
            if !fits.is_some_and(|(taken, _)| *taken) {
                continue;
            }
            found += 1;
            let base = path.rsplit('/').next().unwrap_or(path);
            let name = wanted.name.clone().unwrap_or_else(|| base.to_owned());
            let file = root.join(path);
            match assets.iter().find(|asset| asset.name == name) {
                Some(twin) if twin.file == file => {}
                Some(twin) => {
                    return Err(Failure::config(format!(
                        "two files would be attached as '{name}': {} and {}",
                        twin.file.display(),
                        file.display()
                    )));
                }
                None => assets.push(Asset { file, name }),
            }
        }
        if found == 0 {
            let text = format!("no file matches the asset {}", wanted.paths.join(", "));
            match missing {
                Some(tell) => tell(text),
                None => {
                    return Err(Failure::config(text)
                        .hint("build it in a step before this one, or take it off the list"));
                }
            }
        }
    }
    Ok(assets)
}

/// Whether files are taken by the pattern or left out, and the pattern.
fn pattern(text: &str) -> Result<(bool, Glob)> {
    let (taken, bare) = match text.strip_prefix('!') {
        Some(bare) => (false, bare),
        None => (true, text),
    };
    let glob = Glob::new(bare.strip_prefix("./").unwrap_or(bare))?;
    Ok((taken, glob))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, file).expect("written");
        }
        folder
    }

    fn names(assets: &[Asset]) -> Vec<&str> {
        assets.iter().map(|asset| asset.name.as_str()).collect()
    }

    #[test]
    fn patterns_take_and_leave() {
        let folder = folder(&["dist/a.zip", "dist/b.txt", "x.zip"]);
        let find = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|&name| name.to_owned()).collect();
            find(folder.path(), &named, &[], None)
        };
        assert_eq!(names(&find(&["dist/*"]).expect("two")), ["a.zip", "b.txt"]);
        assert_eq!(names(&find(&["./x.zip"]).expect("one")), ["x.zip"]);
        assert!(find(&["dist/*.tar"]).is_err(), "nothing matches");
        let configured = [config::Asset {
            paths: vec!["dist/**".to_owned(), "!**/*.txt".to_owned()],
            name: Some("app.zip".to_owned()),
            label: None,
        }];
        let found = super::find(folder.path(), &[], &configured, None).expect("one");
        assert_eq!(names(&found), ["app.zip"]);
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let folder = folder(&["a/x", "b/x"]);
        assert!(find(folder.path(), &["*/x".to_owned()], &[], None).is_err());
    }
}
