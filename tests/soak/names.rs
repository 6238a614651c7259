//! Repositories with thousands of file names that nobody would choose: every file is checked, each finding has the right name,
//! and no name becomes a line or a command of the log.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use base64::Engine as _;
use serde_json::Value;

use crate::generate::Dice;
use crate::{code, dice, program, repository, times};

const NAMES: usize = 3_000;

const PIECES: &[&[u8]] = &[
    b"a",
    b"B",
    b" ",
    b"-",
    b"--",
    b"--fix",
    b"\n",
    b"\n::error::forged",
    b"::warning::forged",
    b"##[group]forged",
    b"\r",
    b"\t",
    b"\x1b[31m",
    b"\x07",
    b"'",
    b"\"",
    b"`",
    b"$(touch forged)",
    b";",
    b"&",
    b"|",
    b"*",
    b"?",
    b"[a-z]",
    b"{a,b}",
    b"!",
    b"~",
    b"#",
    b"%0A",
    b"%",
    b":",
    b":1:2:",
    b"@",
    b"=",
    b"\\",
    b"\\n",
    b",",
    "ü".as_bytes(),
    "日本".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{feff}".as_bytes(),
    "😀".as_bytes(),
    b".",
    b"..",
    b"<b>",
    b"[x](y)",
    b"(",
    b")",
    b"^",
    b"+",
];

const KINDS: [(&str, &str, &[u8], &[u8]); 3] = [
    ("eslint", ".js", b"export const one = 1;\n", b"debugger;\n"),
    ("yamllint", ".yml", b"a: 1\n", b"a: [\n"),
    (
        "shellcheck",
        ".sh",
        b"#!/bin/sh\necho one\n",
        b"#!/bin/sh\nif true; then\n",
    ),
];

fn part(dice: &mut Dice, rare: bool) -> Vec<u8> {
    let mut name: Vec<u8> = (0..=dice.below(5))
        .flat_map(|_| PIECES[dice.below(PIECES.len())].to_vec())
        .collect();
    if rare {
        name.push(0x80 + u8::try_from(dice.below(0x40)).unwrap_or(0));
    }
    if dice.below(60) == 0 {
        name.resize(name.len().max(240), b'l');
    }
    name.truncate(245);
    name
}

#[test]
fn hostile_names() {
    let mut dice = dice("hostile names");
    let count = times(NAMES);
    let mut files: BTreeMap<PathBuf, (&str, bool)> = BTreeMap::new();
    while files.len() < count {
        let (tool, end, ..) = KINDS[files.len() % 3];
        // A name that is not UTF-8 takes a process of its own for some linters, so there are few.
        let rare = dice.below(60) == 0;
        let mut bytes = Vec::new();
        for _ in 0..dice.below(3) {
            let folder = part(&mut dice, false);
            if folder.iter().any(|&byte| byte != b'.') {
                bytes.extend(folder);
                bytes.push(b'/');
            }
        }
        bytes.extend(part(&mut dice, rare));
        bytes.extend(end.as_bytes());
        let path = PathBuf::from(OsStr::from_bytes(&bytes));
        // No file may lie where another one has a folder.
        let clash = path.ancestors().skip(1).any(|folder| files.contains_key(folder))
            || files.keys().any(|file| file.starts_with(&path));
        // `.yamllint.yml` and the like would be configuration.
        if !clash
            && path
                .file_name()
                .is_some_and(|name| name.as_bytes() != end.as_bytes())
        {
            let bad = files.len() % 17 == 3;
            files.insert(path, (tool, bad));
        }
    }
    let config = (
        PathBuf::from("eslint.config.mjs"),
        b"export default [{ rules: { \"no-debugger\": \"error\" } }];\n".as_slice(),
    );
    let rules = (PathBuf::from(".yamllint"), b"rules: {}\n".as_slice());
    let mut written = vec![config, rules];
    for (path, (tool, bad)) in &files {
        let kind = KINDS.iter().find(|kind| kind.0 == *tool).expect("a kind");
        written.push((path.clone(), if *bad { kind.3 } else { kind.2 }));
    }
    let root = repository(&written);

    let output = program("foundation-lint", root.path(), None)
        .args(["--format", "json"])
        .output()
        .expect("lint");
    assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    for (tool, ..) in KINDS {
        let expected = files.values().filter(|(of, _)| *of == tool).count() + usize::from(tool == "eslint");
        let left = document["not_checked"].to_string();
        assert_eq!(document["checked"][tool], expected, "{tool}; not checked: {left}");
    }
    let bad: BTreeSet<PathBuf> = files
        .iter()
        .filter(|(_, (_, bad))| *bad)
        .map(|(path, _)| path.clone())
        .collect();
    let found: BTreeSet<PathBuf> = document["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|f| f["severity"] == "error")
        .map(path)
        .collect();
    assert_eq!(found, bad);
    assert!(!root.path().join("forged").exists());

    for act in [false, true] {
        let mut command = program("foundation-lint", root.path(), None);
        if act {
            command.env("ACT", "true").env("GITHUB_ACTIONS", "true");
        }
        let output = command.output().expect("lint");
        assert_eq!(code(&output), 1);
        for bytes in [&output.stdout, &output.stderr] {
            for line in String::from_utf8_lossy(bytes).split(['\n', '\r']) {
                let line = line.trim_start();
                assert!(!line.starts_with("##["), "{line}");
                let ours = [
                    "::group::",
                    "::endgroup::",
                    "::error ",
                    "::warning ",
                    "::notice ",
                    "::warning::a container engine",
                ];
                assert!(
                    !line.starts_with("::") || (act && ours.iter().any(|start| line.starts_with(start))),
                    "{line}"
                );
                assert!(!line.contains('\u{1b}') && !line.contains('\u{202e}'), "{line:?}");
            }
        }
    }
    println!(
        "hostile names: {} files, {} of them bad, 3 runs",
        files.len(),
        bad.len()
    );
}

fn path(finding: &Value) -> PathBuf {
    let bytes = match finding.get("path_bytes").and_then(Value::as_str) {
        Some(encoded) => base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .expect("base64"),
        None => finding["path"].as_str().expect("a path").as_bytes().to_vec(),
    };
    PathBuf::from(OsStr::from_bytes(&bytes))
}
