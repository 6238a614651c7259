//! Ranges answered by us and by the real `node-semver`, the one inside npm.

use std::io::Write as _;
use std::process::{Command, Stdio};

use foundation::semantic_release::packages::node_range::NodeRange;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::packages::tools::TOOLS;

/// Reads lines `[range, [version…]]`, answers null for no range, else a list of booleans.
const ASK: &str = r"
const semver = require(process.argv[1]);
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\n')) {
  const [range, versions] = JSON.parse(line);
  const good = semver.validRange(range) !== null;
  console.log(JSON.stringify(good ? versions.map((version) => semver.satisfies(version, range)) : null));
}";

#[test]
fn ranges_mean_what_node_semver_says() {
    let seed = crate::packages::random::seed();
    let mut runner = TestRunner::new_with_rng(Config::default(), crate::packages::random::generator(seed));
    let part = r"(0|1|2|3|10|x|X|\*|01)";
    let numbers = format!(r"{part}(\.{part}(\.{part}((-(0|1|a|b\.2|rc-1|01))?(\+[a-z0-9.]{{1,3}})?)?)?)?");
    let word = format!(r"(\^|~|~>|<|<=|>|>=|=|v|=v|>=v|==|)( |  )?{numbers}");
    let one = format!(
        r"(({word})?( {word})?|{numbers} - {numbers}|{numbers}  -  {numbers}|latest|{word} - {word}| )"
    );
    let ranges = proptest::string::string_regex(&format!(r"{one}( ?\|\| ?{one})?")).expect("a pattern");
    let numbers = || prop::sample::select(vec![0_u64, 1, 2, 3, 4, 10, 11]);
    let pre = prop::sample::select(vec![
        "", "", "", "-0", "-1", "-a", "-b.2", "-b.3", "-rc-1", "-a.0", "+x",
    ]);
    let versions = (numbers(), numbers(), numbers(), pre)
        .prop_map(|(major, minor, patch, pre)| format!("{major}.{minor}.{patch}{pre}"));
    let versions = prop::collection::vec(versions, 12);
    let cases: Vec<(String, Vec<String>)> = (0..5_000)
        .map(|_| {
            let range = ranges.new_tree(&mut runner).expect("a range").current();
            (range, versions.new_tree(&mut runner).expect("versions").current())
        })
        .collect();
    let mut input = String::new();
    for (range, versions) in &cases {
        input.push_str(&json!([range, versions]).to_string());
        input.push('\n');
    }
    let semver = format!("{TOOLS}/../npm/node_modules/npm/node_modules/semver");
    let mut node = Command::new(format!("{TOOLS}/node"))
        .args(["-e", ASK, &semver])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node: run `make tools`");
    let mut pipe = node.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = node.wait_with_output().expect("node");
    writer.join().expect("written").expect("written");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), cases.len(), "run `make tools`");
    let mut different = Vec::new();
    let (mut good, mut held) = (0, 0);
    for ((range, versions), theirs) in cases.iter().zip(answers) {
        let parsed = NodeRange::parse(range);
        let ours = match &parsed {
            None => Value::Null,
            Some(parsed) => versions
                .iter()
                .map(|version| Value::Bool(parsed.holds(&version.parse().expect("a version"))))
                .collect(),
        };
        good += usize::from(!theirs.is_null());
        held += usize::from(
            theirs
                .as_array()
                .is_some_and(|all| all.contains(&Value::Bool(true))),
        );
        if ours != theirs {
            different.push(format!(
                "{range:?} {versions:?}\n  ours   {ours}\n  theirs {theirs}"
            ));
        }
    }
    assert!(
        good > 800 && held > 400,
        "seed {seed}: too few ranges are good ({good}) or hold something ({held})"
    );
    different.sort_by_key(String::len);
    different.truncate(5);
    assert!(different.is_empty(), "seed {seed}:\n{}", different.join("\n"));
}
