//! What is missing is said, with the command that brings it.

use crate::sandbox::{ROOT, Sandbox};

#[test]
fn a_missing_image_act_or_engine_is_named() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("repo");
    sandbox
        .act(&repository, &["--image", "foundation-ci:no-such-tag"])
        .expect(3)
        .says("make image");
    // A clone without .cache, and a PATH with git alone.
    for part in ["VERSIONS", "reusable-workflows", "bin"] {
        let _ = std::fs::create_dir_all(sandbox.path("clone"));
        let target = sandbox.path("clone").join(part);
        if part != "bin" {
            std::os::unix::fs::symlink(format!("{ROOT}/{part}"), target).expect("linked");
        }
    }
    let empty = sandbox.path("bin");
    std::fs::create_dir(&empty).expect("made");
    let run = |directory: &std::path::Path| {
        let mut command = sandbox.command(&["act", repository.to_str().expect("UTF-8")]);
        let output = command
            .env("PATH", &empty)
            .current_dir(directory)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = run(&sandbox.path("clone"));
    assert!(
        said.contains("the program act is not on PATH") && said.contains("tests/parts/install act"),
        "{said}"
    );
    let said = run(std::path::Path::new(ROOT));
    assert!(
        said.contains("docker is not on PATH") && said.contains("--host"),
        "{said}"
    );
}

#[test]
fn a_run_in_which_nothing_runs_is_no_pass() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("repo");
    let caller = crate::sandbox::CALLER.replace("[push, pull_request]", "workflow_dispatch");
    sandbox.write("repo/.forgejo/workflows/ci.yml", &caller);
    sandbox
        .act(&repository, &["--host"])
        .expect(2)
        .says("no job of the repository ran on push");
    sandbox
        .act(&repository, &["--host", "--workflow", "build"])
        .expect(2)
        .says("no job of .forgejo/workflows calls build.yml");
    std::fs::remove_dir_all(sandbox.path("repo/.forgejo")).expect("removed");
    sandbox
        .act(&repository, &["--host"])
        .expect(2)
        .says("the repository has no workflow");
    sandbox
        .act(&sandbox.path("nowhere"), &["--host"])
        .expect(2)
        .says("is no folder");
}

#[test]
fn a_workflow_folder_that_is_a_link_is_not_followed() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("repo");
    std::fs::rename(sandbox.path("repo/.forgejo/workflows"), sandbox.path("elsewhere")).expect("moved");
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.path("repo/.forgejo/workflows"))
        .expect("linked");
    sandbox.act(&repository, &["--host"]).expect(2).says("is a link");
    let caller = std::fs::read_to_string(sandbox.path("elsewhere/ci.yml")).expect("still there");
    assert_eq!(caller, crate::sandbox::CALLER);
}
