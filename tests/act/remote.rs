//! The bare repository that stands in for the forge's git.

use std::path::PathBuf;

use crate::sandbox::{Run, Sandbox};

const CALLER: &str = "name: release\non: push\njobs:\n  release:\n    uses: olsitec/foundation/.forgejo/workflows/semantic-release.yml@master\n  after:\n    needs: release\n    runs-on: docker\n    steps:\n      - run: echo \"released=${{ needs.release.outputs.released }} tag=${{ needs.release.outputs.tag }}.\"\n";

/// A repository that has a commit and calls semantic-release.
fn repository(sandbox: &Sandbox) -> PathBuf {
    let repository = sandbox.repository("repo");
    sandbox.write("repo/.forgejo/workflows/ci.yml", CALLER);
    sandbox.git("repo", &["commit", "--all", "--quiet", "--message=ci: release"]);
    repository
}

fn release(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.act(&sandbox.path("repo"), arguments)
}

fn commit(sandbox: &Sandbox, message: &str) -> String {
    sandbox.git(
        "repo",
        &["commit", "--allow-empty", "--quiet", "--message", message],
    );
    sandbox.git("repo", &["rev-parse", "HEAD"])
}

#[test]
fn a_release_goes_to_a_copy_of_the_remote_and_is_told() {
    for place in [&[][..], &["--host"]] {
        let sandbox = Sandbox::new();
        repository(&sandbox);
        let before = sandbox.git("repo", &["for-each-ref"]);
        let head = sandbox.git("repo", &["rev-parse", "HEAD"]);
        release(&sandbox, place)
            .expect(0)
            .says(&format!("act: pushed tag v1.0.0 on {}", &head[..12]))
            .says("released=true tag=v1.0.0.")
            .says("--remote FOLDER keeps one");
        assert_eq!(before, sandbox.git("repo", &["for-each-ref"]));
    }
}

#[test]
fn a_remote_that_is_kept_is_what_the_next_run_finds() {
    for place in [None, Some("--host")] {
        let sandbox = Sandbox::new();
        repository(&sandbox);
        let folder = sandbox.path("remote.git");
        let folder = folder.to_str().expect("UTF-8");
        let arguments: Vec<&str> = ["--remote", folder].into_iter().chain(place).collect();
        let tags = |commit: &str| sandbox.git("remote.git", &["tag", "--points-at", commit]);
        let first = sandbox.git("repo", &["rev-parse", "HEAD"]);
        release(&sandbox, &arguments).expect(0).says("act: kept in ");
        assert_eq!(tags(&first), "v1.0.0");
        // The same commit once more: nothing is left to do.
        release(&sandbox, &arguments)
            .expect(0)
            .says("released=false tag=.")
            .says("the jobs pushed nothing");
        let second = commit(&sandbox, "feat: more");
        release(&sandbox, &arguments).expect(0);
        assert_eq!(tags(&second), "v1.1.0");
        assert_eq!(sandbox.git("remote.git", &["rev-parse", "master"]), second);
        assert_eq!(
            sandbox.git("repo", &["tag"]),
            "",
            "the repository itself has no tag"
        );
        // A forge refuses this as well.
        sandbox.git("repo", &["reset", "--quiet", "--hard", &first]);
        commit(&sandbox, "fix: another way");
        release(&sandbox, &arguments)
            .expect(2)
            .says("holds commits that the repository does not have");
        assert_eq!(sandbox.git("remote.git", &["rev-parse", "master"]), second);
    }
}

#[test]
fn what_cannot_be_kept_is_refused_before_anything_runs() {
    let sandbox = Sandbox::new();
    repository(&sandbox);
    let folder = sandbox.path("repo");
    let arguments = ["--host", "--remote", folder.to_str().expect("UTF-8")];
    release(&sandbox, &arguments)
        .expect(2)
        .says("is no bare git repository");
    sandbox.write("repo/a.js", "export const a = 2;\n");
    let folder = sandbox.path("remote.git");
    let arguments = ["--host", "--remote", folder.to_str().expect("UTF-8")];
    release(&sandbox, &arguments)
        .expect(2)
        .says("changes that are not committed");
    assert!(!folder.exists());
}
