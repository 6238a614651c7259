//! Without any server: the remote is a folder.

use crate::driver::{effects, run};
use crate::gitea::git;
use crate::world::{World, manifest, package};

fn start() -> World {
    World::of(&[
        ("package.json", &manifest("thing", "0.0.0")),
        ("index.js", "exports.a = 1\n"),
    ])
}

#[test]
fn a_tag_and_its_channels_and_nothing_else() {
    let world = start();
    let before = world.clone_state();
    let spec = world.spec();
    assert_eq!(effects(&spec), ["tag:v1.0.0", "channel:v1.0.0", "push"]);
    let ran = run(&spec);
    ran.ends("Released");
    assert!(ran.log.contains("no forge is used"), "{}", ran.log);
    assert_eq!(world.clone_state(), before, "the clone is only read");
    let refs = world.refs();
    assert_eq!(
        refs.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "refs/heads/master",
            "refs/notes/semantic-release-v1.0.0",
            "refs/tags/v1.0.0"
        ]
    );
    assert_eq!(refs["refs/heads/master"], world.head);
    assert_eq!(world.at_remote(&["rev-parse", "v1.0.0^{commit}"]), world.head);
    let tag = world.at_remote(&["cat-file", "tag", "v1.0.0"]);
    assert!(tag.ends_with("\n\nv1.0.0\n\nReleased-by: foundation"), "{tag}");
    // As Node's semantic-release asks for it, which has to understand it.
    let seen = world.at_remote(&[
        "log",
        "--tags=*",
        "--decorate-refs=refs/tags/*",
        "--no-walk",
        "--format=%d%x09%N",
        "--notes=refs/notes/semantic-release*",
    ]);
    assert_eq!(seen.trim(), "(tag: v1.0.0)\t{\"channels\":[null]}");
    let again = run(&spec);
    again.ends("Whole");
    assert_eq!(world.refs(), refs);
}

#[test]
fn a_release_commit_with_the_edits() {
    let world = World::of(&[
        ("package.json", &manifest("thing", "0.0.0")),
        ("run.sh", "#!/bin/sh\n"),
        ("sub/kept.txt", "kept\n"),
    ]);
    std::fs::write(world.work().join("dirty.txt"), "not committed").expect("written");
    let before = world.clone_state();
    let mut spec = world.spec();
    spec.commit = Some("chore(release): 1.0.0".to_owned());
    spec.edits = vec![
        ("package.json".to_owned(), manifest("thing", "1.0.0")),
        ("docs/CHANGELOG.md".to_owned(), "# 1.0.0\n".to_owned()),
    ];
    assert_eq!(
        effects(&spec),
        [
            "edit:package.json",
            "edit:docs/CHANGELOG.md",
            "commit",
            "tag:v1.0.0",
            "channel:v1.0.0",
            "push"
        ]
    );
    let ran = run(&spec);
    ran.ends("Released");
    assert_eq!(world.clone_state(), before);
    let refs = world.refs();
    assert_eq!(refs["refs/heads/master"], ran.commit);
    assert_eq!(world.at_remote(&["rev-parse", "v1.0.0^{commit}"]), ran.commit);
    assert_eq!(world.at_remote(&["rev-parse", "master^"]), world.head);
    assert_eq!(
        world.at_remote(&["show", "--no-patch", "--format=%s|%an|%ae|%cn", "master"]),
        "chore(release): 1.0.0 [skip release]|foundation|foundation@example.org|foundation"
    );
    assert_eq!(
        world.at_remote(&["diff", "--name-status", "master^", "master"]),
        "A\tdocs/CHANGELOG.md\nM\tpackage.json"
    );
    // The very same again, by a run that starts at the commit that was released.
    let again = run(&spec);
    again.ends("Whole");
    assert_eq!((again.commit, world.refs()), (ran.commit, refs));
}

#[test]
fn modes_are_kept_and_links_are_not_followed() {
    let world = start();
    std::os::unix::fs::symlink("/etc/passwd", world.work().join("link")).expect("a link");
    std::fs::write(world.work().join("run.sh"), "#!/bin/sh\n").expect("written");
    git(&world.work(), &["add", "--all"], None);
    git(&world.work(), &["update-index", "--chmod=+x", "run.sh"], None);
    git(
        &world.work(),
        &["commit", "--quiet", "--message", "feat: more"],
        None,
    );
    world.push();
    let mut spec = world.spec();
    spec.head = git(&world.work(), &["rev-parse", "HEAD"], None);
    spec.commit = Some("chore: release".to_owned());
    for path in [
        "link",
        "link/x",
        "../x",
        "/etc/x",
        "a/../b",
        ".git/config",
        "sub/.GIT/x",
        "",
        "a//b",
        "package.json/x",
    ] {
        spec.edits = vec![(path.to_owned(), "x".to_owned())];
        let ran = run(&spec);
        assert!(
            [2, 3].contains(&ran.code),
            "{path}: {:?} {}",
            ran.ended,
            ran.error
        );
    }
    assert_eq!(world.refs().len(), 1);
    spec.edits = vec![("run.sh".to_owned(), "#!/bin/sh\necho\n".to_owned())];
    run(&spec).ends("Released");
    assert!(
        world
            .at_remote(&["ls-tree", "master", "run.sh"])
            .starts_with("100755")
    );
}

#[test]
fn the_branch_moved_meanwhile() {
    let world = start();
    let spec = world.spec();
    let newer = world.commit("fix: newer", &[("index.js", "exports.a = 2\n")]);
    world.push();
    let ran = run(&spec);
    ran.ends("Moved");
    assert_eq!(ran.reason.as_deref(), Some("behind-remote"));
    assert!(ran.log.contains(&newer), "{}", ran.log);
    assert_eq!(world.refs().len(), 1);
}

#[test]
fn the_version_was_taken_meanwhile() {
    let world = start();
    git(&world.path("remote.git"), &["tag", "v1.0.0", "HEAD"], None);
    let later = world.commit("fix: newer", &[("index.js", "exports.a = 2\n")]);
    world.push();
    let mut spec = world.spec();
    spec.head = later;
    let ran = run(&spec);
    ran.ends("Taken");
    assert_eq!(ran.reason.as_deref(), Some("race-lost"));
    assert_eq!(world.refs().len(), 2);
}

#[test]
fn another_channel_for_a_version_that_node_released() {
    let world = start();
    let on = world.head.clone();
    git(&world.work(), &["tag", "v1.0.0"], None);
    git(
        &world.work(),
        &[
            "notes",
            "--ref=semantic-release-v1.0.0",
            "add",
            "-f",
            "-m",
            "{\"channels\":[\"next\"]}",
            "v1.0.0",
        ],
        None,
    );
    git(
        &world.work(),
        &[
            "push",
            "--quiet",
            &world.remote,
            "v1.0.0",
            "refs/notes/semantic-release-v1.0.0",
        ],
        None,
    );
    let mut spec = world.spec();
    spec.head = world.commit("chore: merge next", &[]);
    world.push();
    spec.packages[0].channels = vec![Some("next".to_owned()), None];
    spec.packages[0].add_channel_on = Some(on.clone());
    assert_eq!(effects(&spec), ["channel:v1.0.0", "push"]);
    run(&spec).ends("Released");
    let note = ["notes", "--ref=semantic-release-v1.0.0", "show", on.as_str()];
    assert_eq!(world.at_remote(&note), "{\"channels\":[\"next\",null]}");
    let refs = world.refs();
    run(&spec);
    assert_eq!(world.refs(), refs, "noted once");
}

#[test]
fn tags_of_somebody_else_are_not_completed() {
    let world = start();
    let mut spec = world.spec();
    spec.completing = true;
    run(&spec).ends("NotOurs");
    git(&world.path("remote.git"), &["tag", "v1.0.0", "HEAD"], None);
    run(&spec).ends("NotOurs");
    git(&world.path("remote.git"), &["tag", "--delete", "v1.0.0"], None);
    spec.completing = false;
    run(&spec).ends("Released");
    spec.completing = true;
    run(&spec).ends("Whole");
}

#[test]
fn a_shallow_clone_and_names_that_hurt() {
    let world = start();
    world.commit("feat: b", &[("b", "b")]);
    world.push();
    let clone = world.path("shallow '$(id)' clone");
    let url = format!("file://{}", world.remote);
    let folder = clone.to_str().expect("UTF-8").to_owned();
    git(
        &world.work(),
        &["clone", "--quiet", "--depth=1", &url, &folder],
        None,
    );
    let mut spec = world.spec();
    spec.repository = clone;
    spec.head = git(&world.work(), &["rev-parse", "HEAD"], None);
    spec.commit = Some("chore: `id` $(id) \"quoted\"\n\nbody".to_owned());
    spec.edits = vec![("ä '$(id)' -x.txt".to_owned(), "x\n".to_owned())];
    spec.packages = vec![package("@o/a", ".", "1.0.0-beta.1", "@o/a-v1.0.0-beta.1")];
    run(&spec).ends("Released");
    assert!(world.refs().contains_key("refs/tags/@o/a-v1.0.0-beta.1"));
    for tag in ["-d", "a b", "x..y", "", "a~1", "x.lock"] {
        spec.packages[0].tag = tag.to_owned();
        spec.head = world.refs()["refs/heads/master"].clone();
        let ran = run(&spec);
        assert_ne!(ran.code, 0, "{tag}: {:?}", ran.ended);
    }
}

#[test]
fn a_clone_without_the_contents_of_files() {
    let world = start();
    git(
        &world.path("remote.git"),
        &["config", "uploadpack.allowFilter", "true"],
        None,
    );
    let clone = world.path("partial");
    let url = format!("file://{}", world.remote);
    let folder = clone.to_str().expect("UTF-8").to_owned();
    git(
        &world.work(),
        &["clone", "--quiet", "--bare", "--filter=blob:none", &url, &folder],
        None,
    );
    let mut spec = world.spec();
    spec.repository = clone;
    spec.commit = Some("chore: release".to_owned());
    spec.edits = vec![("package.json".to_owned(), manifest("thing", "1.0.0"))];
    run(&spec).ends("Released");
    assert_eq!(
        world.at_remote(&["diff", "--name-status", "master^", "master"]),
        "M\tpackage.json"
    );
}

#[test]
fn commits_and_tags_are_signed_by_ssh_and_by_gpg() {
    let keys = tempfile::tempdir().expect("a folder");
    let keys_path = keys.path().to_str().expect("UTF-8");
    let shell = |script: &str| {
        let done = std::process::Command::new("/bin/sh")
            .args(["-ec", script])
            .env("D", keys_path)
            .env("GNUPGHOME", format!("{keys_path}/gnupg"))
            .output()
            .expect("sh");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    };
    let ssh = shell("ssh-keygen -q -t ed25519 -N '' -C t -f $D/key; cat $D/key");
    let gpg = shell(
        "mkdir -m 700 $D/gnupg; gpg -q --batch --passphrase '' --quick-generate-key 'foundation <foundation@example.org>' ed25519 sign never;
         gpg -q --batch --armor --export-secret-keys; gpgconf --kill all",
    );
    shell("echo \"foundation@example.org $(cat $D/key.pub)\" > $D/allowed");
    for (key, mark) in [(&ssh, "BEGIN SSH SIGNATURE"), (&gpg, "BEGIN PGP SIGNATURE")] {
        let world = start();
        let mut spec = world.spec();
        spec.key = Some(key.clone());
        spec.commit = Some("chore(release): 1.0.0".to_owned());
        spec.edits = vec![("package.json".to_owned(), manifest("thing", "1.0.0"))];
        let ran = run(&spec);
        ran.ends("Released");
        assert!(world.at_remote(&["cat-file", "commit", "master"]).contains(mark));
        assert!(world.at_remote(&["cat-file", "tag", "v1.0.0"]).contains(mark));
        if mark.contains("SSH") {
            let allowed = format!("gpg.ssh.allowedSignersFile={keys_path}/allowed");
            world.at_remote(&["-c", "gpg.format=ssh", "-c", &allowed, "verify-commit", "master"]);
            world.at_remote(&["-c", "gpg.format=ssh", "-c", &allowed, "verify-tag", "v1.0.0"]);
        }
        // Signatures of gpg differ from second to second; the release is the same all the same.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let again = run(&spec);
        again.ends("Whole");
        assert_eq!(again.commit, ran.commit);
    }
    let world = start();
    let mut spec = world.spec();
    spec.key = Some("no key at all".to_owned());
    run(&spec).fails(2, &["no private key"]);
}
