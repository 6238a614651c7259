//! The recorded answers of Node: every case is built by the real git and decided by us.

use std::collections::BTreeMap;
use std::path::Path;

use foundation::kit::git::Repo;
use foundation::semantic_release::analyze::{Analyzer, ReleaseType, analyze};
use foundation::semantic_release::branches::Setting;
use foundation::semantic_release::branches::format::TagFormat;
use foundation::semantic_release::commit::Commit;
use foundation::semantic_release::decide::{self, Ask, Decision, World};
use foundation::semantic_release::history::folders::Folders;
use foundation::semantic_release::plan::Verdict;
use serde_json::Value;

use crate::world::{build, git, recorded, single, with_network};

/// Where the recorded answer is against the platform's rule and the case does not say so: `chore!` is major, also beside a `feat`
/// (as `type-chore-bang` has it alone). Ours, and still counted as no agreement.
const OURS: &[(&str, &str)] = &[("breaking-chore-and-feat", "2.0.0")];

fn cases(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(recorded().join(file)).expect("the recorded cases");
    serde_json::from_str(&text).expect("JSON")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// One case's differences, each a line.
fn compare(case: &Value, folder: &Path) -> Vec<String> {
    let expected = &case["expected"];
    let extra = &case["extra"];
    let branch = case["branch"].as_str().expect("a branch");
    let head = git(folder, &["rev-parse", branch]);
    if Some(&*head) != extra["head"].as_str() {
        return vec![format!("built {head} instead of {}", extra["head"])];
    }
    let kind: Option<ReleaseType> = serde_json::from_value(expected["type"].clone()).unwrap_or_default();
    let decided = single(folder, branch);
    let mut differences = Vec::new();
    let mut differ = |what: &str, ours: &dyn std::fmt::Debug, theirs: &dyn std::fmt::Debug| {
        let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
        if ours != theirs {
            differences.push(format!("{what}: ours {ours}, expected {theirs}"));
        }
    };
    if let Some(code) = expected["error"].as_str() {
        match decided {
            Ok(decision) => {
                let ours = decision.refusals.first().map(|refusal| refusal.code);
                differ("error", &ours, &Some(code));
            }
            Err(failure) => {
                use foundation::kit::outcome::Kind;
                differ("kind of failure", &failure.kind(), &Kind::Config);
                // Node's own codes are in the text; its plugins' errors have ours instead.
                let named = failure.to_string().contains(code) || !code.starts_with('E') || code == "Error";
                differ(
                    "names the code",
                    &(named || code == "EANALYZECOMMITSOUTPUT"),
                    &true,
                );
            }
        }
        return differences;
    }
    let decision: Decision = match decided {
        Ok(decision) => decision,
        Err(failure) => return vec![format!("failed: {failure}")],
    };
    differ("refusals", &decision.refusals, &[(); 0]);
    let version = decision.next.as_ref().map(|next| next.version.to_string());
    differ("version", &version, &text(&expected["version"]));
    let last = decision.last.as_ref().map(|last| last.version.clone());
    differ("last", &last, &text(&expected["last"]));
    if expected.get("type").is_some() {
        differ("type", &decision.next.as_ref().map(|next| next.kind), &kind);
    }
    if case.get("differs").is_none() {
        differ("why", &decision.nothing, &extra["why"].as_str());
        if extra.get("commits").is_some() {
            differ(
                "commits",
                &Some(decision.commits.len() as u64),
                &extra["commits"].as_u64(),
            );
        }
        let tag = decision.next.as_ref().map(|next| next.tag.clone());
        differ("tag", &tag, &text(&extra["tag"]));
        let last = decision.last.as_ref().map(|last| last.tag.clone());
        differ("last tag", &last, &text(&extra["lastTag"]));
        if let Some(next) = &decision.next {
            differ("channel", &next.channel, &text(&extra["channel"]));
        }
        let theirs = extra["addToChannel"][0].as_object();
        let ours = decision.addition.as_ref();
        differ(
            "added",
            &ours.map(|addition| (addition.release.version.clone(), addition.channel.clone())),
            &theirs.map(|theirs| {
                (
                    text(&theirs["version"]).expect("a version"),
                    text(&theirs["channel"]),
                )
            }),
        );
        let releases = decision.next.is_some() || ours.is_some();
        differ("verdict", &(decision.verdict == Verdict::Release), &releases);
    }
    differences
}

#[test]
fn every_recorded_case_agrees() {
    let cases = cases("cases.json");
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = cases.iter().filter_map(|case| text(&case["name"])).collect();
    let built = build("cases.json", &names, folder.path());
    let mut differences = BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = cases
            .chunks(cases.len().div_ceil(4))
            .map(|share| {
                let built = &built;
                scope.spawn(move || {
                    share
                        .iter()
                        .map(|case| {
                            let name = text(&case["name"]).expect("a name");
                            let found = compare(case, &built[&name]);
                            (name, found)
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for thread in threads {
            differences.extend(thread.join().expect("a thread"));
        }
    });
    differences.retain(|_, found| !found.is_empty());
    println!("{} of {} agree", cases.len() - differences.len(), cases.len());
    for (name, version) in OURS {
        let found = differences.remove(*name).unwrap_or_default();
        let ours = format!("version: ours Some(\"{version}\")");
        assert!(
            found.iter().any(|line| line.starts_with(&ours)),
            "{name}: {found:?}"
        );
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// A monorepo's packages, decided in one walk; the differences of each.
fn compare_monorepo(case: &Value, folder: &Path) -> Vec<String> {
    let branch = case["branch"].as_str().expect("a branch");
    let paths: Vec<String> = case["packages"]
        .as_array()
        .expect("folders")
        .iter()
        .filter_map(text)
        .collect();
    let repo = Repo::open(folder).expect("a repository");
    let settings = Setting::defaults();
    let remote = with_network(folder, async |network, remote| {
        decide::prepare(&repo, Some((network, remote)), &settings, branch).await
    })
    .expect("a remote");
    let mut world = World::read(
        &repo,
        &remote,
        branch,
        Folders::new(paths.iter().map(String::as_str)),
    )
    .expect("a world");
    let mut differences = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let expected = &case["expected"][path];
        let manifest = std::fs::read_to_string(folder.join(path).join("package.json")).expect("a manifest");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        let format = TagFormat::of_package(manifest["name"].as_str().expect("a name")).expect("a format");
        let decision = world
            .decide(&Ask {
                branches: &settings,
                format: &format,
                analyze: &|commits: &[Commit]| analyze(commits, &Analyzer::default()),
                folder: Some(at),
            })
            .expect("a decision");
        let mut differ = |what: &str, ours: Option<String>, theirs: &Value| {
            if ours != text(theirs) {
                differences.push(format!("{path}: {what}: ours {ours:?}, expected {theirs}"));
            }
        };
        let next = decision.next.as_ref();
        differ(
            "version",
            next.map(|next| next.version.to_string()),
            &expected["version"],
        );
        differ(
            "last",
            decision.last.as_ref().map(|last| last.version.clone()),
            &expected["last"],
        );
        if expected.get("tag").is_some() {
            differ("tag", next.map(|next| next.tag.clone()), &expected["tag"]);
        }
        if let Some(count) = expected["commits"].as_u64() {
            // Node counts what is left after `[skip release]`.
            let ours = decision
                .commits
                .iter()
                .filter(|commit| !commit.message.contains("[skip release]"));
            if ours.clone().count() as u64 != count {
                differences.push(format!(
                    "{path}: commits: ours {}, expected {count}",
                    ours.count()
                ));
            }
        }
    }
    differences
}

#[test]
fn every_recorded_monorepo_agrees() {
    let cases = cases("monorepo.json");
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = cases.iter().filter_map(|case| text(&case["name"])).collect();
    let built = build("monorepo.json", &names, folder.path());
    let mut differences = BTreeMap::new();
    for case in &cases {
        let name = text(&case["name"]).expect("a name");
        let found = compare_monorepo(case, &built[&name]);
        if !found.is_empty() {
            differences.insert(name, found);
        }
    }
    println!("{} of {} agree", cases.len() - differences.len(), cases.len());
    assert!(differences.is_empty(), "{differences:#?}");
}
