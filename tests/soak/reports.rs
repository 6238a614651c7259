//! Real reports of the three linters, recorded at the start and then damaged: never a pass, never a panic, and what is lost is
//! never lost in silence.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::generate::Dice;
use crate::{code, dice, program, repository, times};

const FILES: &[(&str, &[u8])] = &[
    ("eslint.config.mjs", b"export default [{ rules: { \"no-undef\": \"error\", eqeqeq: \"error\", \"no-unused-vars\": \"warn\" } }];\n"),
    ("bad.js", b"var used = missing == 1;\nconsole.log(1);\n"),
    ("src/wrong.js", b"function (\n"),
    ("src/clean.js", b"export const one = 1;\n"),
    (".yamllint", b"rules:\n  trailing-spaces: enable\n  key-duplicates: enable\n  indentation: enable\n"),
    ("bad.yml", b"a: 1\na: 2 \nb:\n   - 1\n  - 2\n"),
    ("clean.yaml", b"a: 1\n"),
    ("bad.sh", b"#!/bin/sh\nif [ $a = b ]; then\n  cd /tmp\nfi\nlocal x=1\n"),
    ("worse.sh", b"#!/bin/sh\nfor i in 1 2; do\n  echo \"$i\"\n"),
    ("clean.sh", b"#!/bin/sh\necho one\n"),
];

/// Records or replays. `@PLANTED@` stands for the sample that every run plants at another place, which comes last.
const STUB: &str = r#"#!/bin/sh
folder=$(dirname "$0")
for last; do :; done
if [ -e "$folder/replay" ]; then
  sed "s#@PLANTED@#$last#g" "$folder/report"
  exit "$(cat "$folder/code")"
fi
PATH=${PATH#"$folder:"} "$(basename "$0")" "$@" > "$folder/raw"
code=$?
echo "$code" > "$folder/code"
cp "$folder/raw" "$folder/recorded"
case $last in /*) sed "s#$last#@PLANTED@#g" "$folder/raw" > "$folder/recorded" ;; esac
cat "$folder/raw"
exit "$code"
"#;

#[test]
fn damaged_reports() {
    let files: Vec<_> = FILES
        .iter()
        .map(|(path, content)| (path.into(), *content))
        .collect();
    let root = repository(&files);
    for (tool, rounds) in [("eslint", 1000), ("yamllint", 1000), ("shellcheck", 1000)] {
        let stub = tempfile::tempdir().expect("a folder");
        let path = stub.path().join(tool);
        std::fs::write(&path, STUB).expect("a stub");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
        let (exit, whole) = lint(root.path(), stub.path(), tool);
        assert_eq!(exit, 1, "{tool} finds what is there");
        let whole = findings(&whole);
        let recorded = std::fs::read(stub.path().join("recorded")).expect("a record");
        std::fs::write(stub.path().join("replay"), "").expect("a switch");
        assert_eq!(
            replay(root.path(), stub.path(), tool, &recorded).0,
            1,
            "{tool} undamaged"
        );

        let mut dice = dice(&format!("damaged reports of {tool}"));
        let (rounds, mut ends) = (times(rounds), [0; 5]);
        for round in 0..rounds {
            let (damage, damaged) = match round % 3 {
                0 => ("cut", cut(&mut dice, &recorded)),
                1 => ("one byte changed", one_byte(&mut dice, &recorded)),
                _ => ("rearranged", rearrange(&mut dice, &recorded)),
            };
            let (exit, document) = replay(root.path(), stub.path(), tool, &damaged);
            let shown = || {
                format!(
                    "{tool}, round {round}, {damage}: {}",
                    String::from_utf8_lossy(&damaged)
                )
            };
            // Taking out just the middle of two findings makes one whole finding of them, which nobody could tell.
            assert!(exit != 0 || damage == "rearranged", "passed: {}", shown());
            if damage == "cut" && exit == 1 {
                assert_eq!(findings(&document), whole, "lost in silence: {}", shown());
            }
            ends[usize::try_from(exit).expect("a code")] += 1;
        }
        println!("damaged reports of {tool}: {rounds} rounds, exit codes 0 to 4: {ends:?}");
    }
}

fn lint(root: &Path, stub: &Path, tool: &str) -> (i32, Value) {
    let output = program("foundation-lint", root, Some(stub))
        .args(["--format", "json", "--linters", tool])
        .output()
        .expect("lint");
    let exit = code(&output);
    let document = serde_json::from_slice(&output.stdout);
    // With an exit of 2 there may be nothing to report; otherwise standard output is one document.
    (
        exit,
        document.unwrap_or_else(|error| if exit < 2 { panic!("{error}") } else { Value::Null }),
    )
}

fn replay(root: &Path, stub: &Path, tool: &str, report: &[u8]) -> (i32, Value) {
    std::fs::write(stub.join("report"), report).expect("a report");
    lint(root, stub, tool)
}

fn findings(document: &Value) -> usize {
    document
        .get("findings")
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

fn cut(dice: &mut Dice, report: &[u8]) -> Vec<u8> {
    report[..dice.below(report.len())].to_vec()
}

fn one_byte(dice: &mut Dice, report: &[u8]) -> Vec<u8> {
    let mut bytes = report.to_vec();
    let at = dice.below(bytes.len());
    match dice.below(3) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = b"\0\n\"{}[]:,-0\xff"[dice.below(12)],
        _ => drop(bytes.remove(at)),
    }
    bytes
}

fn rearrange(dice: &mut Dice, report: &[u8]) -> Vec<u8> {
    let mut bytes = report.to_vec();
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            break;
        }
        let (from, to) = (dice.below(bytes.len()), dice.below(bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match dice.below(4) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece);
            }
            2 => bytes[from..to].reverse(),
            _ => drop(bytes.splice(from..from, *b"\n::error::forged\n")),
        }
    }
    bytes
}
