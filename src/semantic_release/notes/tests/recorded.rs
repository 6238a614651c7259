//! Notes that Node wrote: ours in its layouts are equal, byte for byte, and in our own layout nothing of them is missing.

#![allow(
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "git and python3 make the repositories of the cases, which have one of two shapes"
)]

use std::process::Command;

use super::*;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install it"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The commits of a range as `git log` has them.
fn log(repository: &Path, range: &str, folder: Option<&str>) -> Vec<Commit> {
    let mut arguments = vec!["log", "-z", "--format=%H%x01%an%x01%ae%x01%ct%x01%B", range];
    if let Some(folder) = folder {
        // semantic-release-monorepo sees no files in a merge.
        arguments.extend(["--no-merges", "--full-history", "--", folder]);
    }
    let output = String::from_utf8_lossy(&run("git", &arguments, repository)).into_owned();
    let commits = output.split('\0').filter(|commit| !commit.is_empty());
    commits
        .map(|commit| {
            let fields: Vec<&str> = commit.splitn(5, '\u{1}').collect();
            Commit {
                hash: fields[0].to_owned(),
                author: Person {
                    name: fields[1].to_owned(),
                    email: fields[2].to_owned(),
                },
                time: fields[3].parse().unwrap(),
                message: fields[4].to_owned(),
            }
        })
        .collect()
}

/// The links of a line that Node made; people are no links with us.
fn links(line: &str) -> Vec<String> {
    let link = regex::Regex::new(r"\[([^\]]+)\]\((https://[^)]+)\)").unwrap();
    link.captures_iter(line)
        .filter(|found| !found[1].starts_with('@'))
        .map(|found| format!("[{}]({})", &found[1], &found[2]))
        .collect()
}

/// That our layout has the sections, entries, links and breaking texts of Node's.
fn nothing_is_missing(name: &str, node: &str, ours: &str) {
    let mut lines = node.lines();
    let heading = lines.next().unwrap();
    let compare = heading
        .split_once("](")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(url, _)| url);
    if let Some(compare) = compare {
        assert!(
            ours.contains(&format!("]({compare})")),
            "{name}: {compare}\n{ours}"
        );
    }
    let mut in_breaking = false;
    for line in lines {
        if let Some(title) = line.strip_prefix("### ") {
            in_breaking = title.ends_with("BREAKING CHANGES");
            let title = if in_breaking { "Breaking changes" } else { title };
            assert!(
                ours.contains(&format!("\n### {title}\n")),
                "{name}: {title}\n{ours}"
            );
        } else if in_breaking {
            let shown = line.trim_start_matches("* ");
            assert!(
                ours.contains(&inline::inline(shown, None, &mut Vec::new())),
                "{name}: {shown}\n{ours}"
            );
        }
        for link in links(line) {
            assert!(ours.contains(&link), "{name}: {link}\n{ours}");
        }
    }
    let entries = |text: &str, mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
    if node.lines().count() > 1 {
        assert_eq!(entries(node, "* "), entries(ours, "- "), "{name}\n{node}\n{ours}");
    } else {
        assert!(entries(ours, "- ") > 0, "{name}: an empty page\n{ours}");
    }
}

#[test]
fn the_recorded_notes_of_semantic_release() {
    let folder = cases().join("semantic-release");
    let scratch = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for file in ["cases.json", "monorepo.json"] {
        let list: Value = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        for described in list
            .as_array()
            .unwrap()
            .iter()
            .filter(|case| !case["notes"].is_null())
        {
            let name = text(&described["name"]);
            let target = scratch.path().join(&name);
            let made = run(
                "python3",
                &["build.py", file, &name, target.to_str().unwrap()],
                &folder,
            );
            let repository = PathBuf::from(String::from_utf8(made).unwrap().trim());
            // One package, or a folder of a monorepo each.
            let releases: Vec<(Option<&str>, &Value, &Value, String)> = match &described["notes"] {
                Value::Object(notes) => notes
                    .iter()
                    .map(|(folder, notes)| {
                        let expected = &described["expected"][folder];
                        let tag = expected["tag"].as_str().unwrap();
                        let last = tag.replace(
                            expected["version"].as_str().unwrap(),
                            expected["last"].as_str().unwrap(),
                        );
                        (Some(folder.as_str()), notes, expected, last)
                    })
                    .collect(),
                notes => {
                    let last = described["extra"]["lastTag"].as_str().unwrap_or_default();
                    vec![(None, notes, &described["expected"], last.to_owned())]
                }
            };
            for (package, notes, expected, last) in releases {
                let range = if last.is_empty() {
                    "HEAD".to_owned()
                } else {
                    format!("{last}..HEAD")
                };
                let mut case = Case::new(&[]);
                case.commits = log(&repository, &range, package);
                case.previous = Some(last).filter(|last| !last.is_empty());
                case.version = text(&expected["version"]);
                case.tag = text(if package.is_some() {
                    &expected["tag"]
                } else {
                    &described["extra"]["tag"]
                });
                case.package = package.map(|_| text(&expected["name"]));
                case.date = "2024-01-01".to_owned();
                if let Some(plugins) = described["config"]["plugins"].as_array() {
                    case.config = plugins[1][1].clone();
                }
                let recorded = std::fs::read_to_string(folder.join(text(notes))).unwrap();
                assert_eq!(case.node(), recorded, "{name}");
                nothing_is_missing(&name, &recorded, &case.ours());
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 31, "cases were lost");
}

#[test]
fn the_recorded_notes_of_release_notes_generator() {
    let table = std::fs::read_to_string(cases().join("release-notes/table.jsonl")).unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for line in table.lines() {
        let described: Value = serde_json::from_str(line).unwrap();
        let mut case = Case::new(&[]);
        case.commits = described["commits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|commit| Commit {
                hash: text(&commit["hash"]),
                message: text(&commit["message"]),
                author: Person::default(),
                time: 0,
            })
            .collect();
        case.config = described["config"].clone();
        case.version = text(&described["version"]);
        case.tag = text(&described["tag"]);
        case.previous = described["previous"].as_str().map(str::to_owned);
        case.url = text(&described["url"]);
        case.package = (described["monorepo"] == true).then(|| "@a/b".to_owned());
        let (made, recorded) = (case.node(), text(&described["notes"]));
        if made != recorded {
            wrong.push(format!(
                "{}\n--- Node\n{recorded}\n--- ours\n{made}",
                described["name"]
            ));
        }
        seen += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {seen} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(seen, 184, "cases were lost");
}
