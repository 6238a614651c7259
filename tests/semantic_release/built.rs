//! Every recorded case is built with the recorded hash.

use crate::build::build;
use crate::case::recorded;

fn head(repo: &std::path::Path, branch: &str) -> String {
    let repo = git2::Repository::open(repo).expect("a repository");
    let branch = repo
        .find_branch(branch, git2::BranchType::Local)
        .expect("the branch");
    branch.get().peel_to_commit().expect("a commit").id().to_string()
}

#[test]
fn every_recorded_case_is_built_with_its_hash() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in recorded("cases.json")
        .into_iter()
        .chain(recorded("monorepo.json"))
    {
        let expected = case.head.as_deref().or_else(|| case.extra.get("head")?.as_str());
        let expected = expected
            .unwrap_or_else(|| panic!("{} has no hash", case.name))
            .to_owned();
        let folder = tempfile::tempdir().expect("a folder");
        match build(&case, folder.path()) {
            Ok(repo) => {
                let made = head(&repo, &case.branch);
                if made != expected {
                    wrong.push(format!("{}: {made}, not {expected}", case.name));
                }
            }
            Err(error) => wrong.push(error.to_string()),
        }
        compared += 1;
    }
    assert_eq!(compared, 480, "cases are missing");
    assert!(
        wrong.is_empty(),
        "{} of {compared}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
