//! What goes wrong on the way: a network that is cut, a server that fails or is busy, a disk that is full. Each is a clear error
//! that a rerun mends, or passes unnoticed.

use std::path::Path;

use serde_json::json;

use crate::driver::{Spec, run};
use crate::gitea::Gitea;
use crate::proxy::{Fault, Proxy};
use crate::verdaccio::Verdaccio;
use crate::world::{World, manifest, to_verdaccio, unique};

/// The steps that change something at the forge, as requests.
const STEPS: [&str; 5] = [
    "POST /git-receive-pack",
    "POST /releases ",
    "POST /assets?name=",
    "POST /comments",
    "POST /labels",
];

/// A job whose forge is behind a proxy.
fn behind(proxy: &Proxy) -> (World, Spec) {
    let files = [("package.json", manifest("thing", "0.0.0"))];
    let world = World::on_the_forge(
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
        &json!({}),
    );
    let gitea = Gitea::shared();
    let repo = world.repo.as_ref().expect("a repository");
    gitea.post(
        &format!("/repos/{}/issues", repo.full_name),
        &json!({"title": "wanted"}),
    );
    let mut spec = world.spec();
    spec.server = Some(proxy.url.clone());
    spec.remote = spec.remote.replace(&gitea.url, &proxy.url);
    spec.packages[0].assets = vec![(world.file("one", 300_000), "one.bin".into())];
    spec.comments = vec![(1, Some("released".into()), vec!["released".into()])];
    (world, spec)
}

/// That exactly one release is there, whole.
#[track_caller]
fn whole(world: &World) {
    let repo = world.repo.as_ref().expect("a repository");
    let releases = world.releases();
    assert_eq!(releases.len(), 1, "{releases:?}");
    assert_eq!(releases[0]["assets"], json!([["one.bin", 300_000]]));
    assert_eq!(Gitea::shared().comments(repo, 1).len(), 1);
    let labels = Gitea::shared().get(&format!("/repos/{}/issues/1/labels", repo.full_name));
    assert_eq!(labels.as_array().map(Vec::len), Some(1));
    assert_eq!(world.refs().len(), 3);
}

#[test]
fn one_fault_at_each_step_passes_unnoticed() {
    let proxy = Proxy::before(&Gitea::shared().url);
    for fault in [
        Fault::Status(500),
        Fault::Status(429),
        Fault::Cut,
        Fault::LostAnswer,
    ] {
        let (world, spec) = behind(&proxy);
        for step in STEPS {
            proxy.fault(step, fault, 1);
        }
        let ran = run(&spec);
        assert_eq!(ran.code, 0, "{fault:?}: {}\n{}", ran.error, ran.log);
        assert_eq!(proxy.left(), 0, "{fault:?}: each fault has happened");
        whole(&world);
        run(&spec).ends("Whole");
        whole(&world);
    }
}

#[test]
fn a_step_that_keeps_failing_is_an_error_of_the_environment_and_the_next_run_completes() {
    let proxy = Proxy::before(&Gitea::shared().url);
    for (fault, words) in [
        (Fault::Status(503), "503"),
        (Fault::Cut, "cannot be reached"),
        (Fault::LostAnswer, ""),
    ] {
        for step in STEPS.iter().take(3) {
            let (world, spec) = behind(&proxy);
            proxy.fault(step, fault, 1000);
            let failed = run(&spec);
            proxy.heal();
            if matches!(fault, Fault::LostAnswer) && failed.code == 0 {
                // It was done, and found to be done.
                whole(&world);
                continue;
            }
            failed.fails(3, &["hint: "]);
            if !step.contains("git") {
                failed.fails(3, &[words]);
            }
            assert_eq!(run(&spec).code, 0);
            whole(&world);
        }
    }
}

#[test]
fn the_forge_is_away() {
    let proxy = Proxy::before("http://127.0.0.1:9");
    let (world, spec) = behind(&proxy);
    run(&spec).fails(3, &["cannot reach"]);
    assert_eq!(world.refs().len(), 1);
}

#[test]
fn faults_of_the_registry() {
    let registry = Verdaccio::shared();
    let proxy = Proxy::before(&registry.url);
    for fault in [
        Fault::Status(500),
        Fault::Status(429),
        Fault::Cut,
        Fault::LostAnswer,
    ] {
        let name = unique("faulty");
        let world = World::of(&[("package.json", &manifest(&name, "0.0.0")), ("index.js", "")]);
        let mut spec = world.spec();
        spec.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
        let mut publish = to_verdaccio(&name);
        publish.registry = format!("{}/", proxy.url);
        spec.packages[0].publish = Some(publish);
        proxy.fault(&format!("PUT {name}"), fault, 1000);
        let failed = run(&spec);
        proxy.heal();
        if matches!(fault, Fault::LostAnswer) {
            failed.ends("Released");
        } else {
            failed.fails(3, &["npm publish of", "a retry may help"]);
            assert_eq!(registry.package(&name), json!(null));
            run(&spec).ends("Completed");
        }
        proxy.fault(&format!("GET {name}"), fault, 1);
        run(&spec).ends("Whole");
        proxy.heal();
        assert_eq!(registry.package(&name)["dist-tags"], json!({"latest": "1.0.0"}));
    }
}

/// Mounts a file system of so many bytes over a folder, with what the folder holds, and fills it but for `left` bytes.
fn small(folder: &Path, left: u32) -> String {
    let folder = folder.display();
    format!(
        "cp -r '{folder}' '{folder}.kept'
         mount -t tmpfs -o size=4m,mode=755 tmpfs '{folder}'
         cp -r '{folder}.kept/.' '{folder}/'
         dd if=/dev/zero of='{folder}/filling' bs=4096 2> /dev/null || :
         truncate --size=-{left} '{folder}/filling'"
    )
}

#[test]
fn a_full_disk_here_and_there() {
    let world = World::of(&[("package.json", &manifest("thing", "0.0.0"))]);
    let mut spec = world.spec();
    spec.mounts = Some(small(&world.path("remote.git"), 0));
    run(&spec).fails(3, &["the disk of", "is full"]);

    let world = World::of(&[("package.json", &manifest("thing", "0.0.0"))]);
    std::fs::create_dir(world.path("scratch")).expect("a folder");
    for left in [0, 8192, 40960] {
        let mut spec = world.spec();
        let kept = world.path("scratch.kept");
        let _ = std::fs::remove_dir_all(kept);
        spec.scratch = Some(world.path("scratch"));
        spec.mounts = Some(small(&world.path("scratch"), left));
        spec.commit = Some("chore: release".into());
        spec.edits = vec![
            ("large.txt".into(), "x".repeat(3_000_000)),
            ("larger.txt".into(), unlike(200_000)),
        ];
        run(&spec).fails(3, &["no space is left on the disk"]);
        assert_eq!(world.refs().len(), 1);
    }
    run(&world.spec()).ends("Released");
}

/// Text that does not compress.
fn unlike(size: usize) -> String {
    let mut state = 1_u64;
    (0..size)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + u8::try_from((state >> 40) % 90).expect("small"))
        })
        .collect()
}

#[test]
fn a_remote_that_may_not_be_written_to() {
    let world = World::of(&[("package.json", &manifest("thing", "0.0.0"))]);
    let mut spec = world.spec();
    let remote = world.path("remote.git").display().to_string();
    spec.mounts = Some(format!(
        "mount --bind '{remote}' '{remote}'\nmount -o remount,bind,ro '{remote}'"
    ));
    run(&spec).fails(2, &["may not be written to"]);
    spec.mounts = None;
    run(&spec).ends("Released");
    let gone = world.path("remote.git");
    std::fs::rename(&gone, world.path("moved")).expect("moved");
    run(&spec).fails(2, &["cannot be read"]);
}
