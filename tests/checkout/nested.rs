//! Submodules and Git LFS.

use crate::server::{Manner, Server};
use crate::world::World;

/// Records `o/lib` (which records `o/deep`) as a submodule by these addresses.
fn with_submodules(world: &mut World, lib: &str, deep: &str) {
    for (name, file) in [("o/deep", "deep.txt"), ("o/lib", "lib.txt")] {
        world.repository(name, &[]);
        world.commit(name, file, "nested\n");
        world.push(name, "master");
    }
    for (to, of, path, url) in [
        ("o/lib", "o/deep", "deep", deep),
        ("o/n", "o/lib", "libs/my lib", lib),
    ] {
        let sha = world.in_work(of, &["rev-parse", "HEAD"]);
        world.in_work(
            to,
            &[
                "update-index",
                "--add",
                "--cacheinfo",
                &format!("160000,{sha},{path}"),
            ],
        );
        let modules = format!("[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
        std::fs::write(world.path(&format!("work/{to}/.gitmodules")), modules).expect("written");
        world.in_work(to, &["add", ".gitmodules"]);
        world.in_work(to, &["commit", "--quiet", "--message", "chore: record"]);
        let sha = world.push(to, "master");
        if to == "o/n" {
            world.sha = sha;
        }
    }
}

#[test]
fn submodules_of_the_same_private_forge_by_relative_addresses() {
    let mut world = World::new();
    with_submodules(&mut world, "../lib.git", "../../o/deep.git");
    let server = Server::start(&world.path("git"));
    server.behaves(Manner {
        private: true,
        ..Manner::default()
    });
    let run = || {
        world
            .run_of("refs/heads/master")
            .set("GITHUB_SERVER_URL", server.address())
    };
    run().arg("--path=none").good();
    assert!(!world.ws().join("none/libs/my lib/lib.txt").exists());
    run().arg("--path=direct").arg("--submodules=true").good();
    assert_eq!(world.ws_file("direct/libs/my lib/lib.txt"), "nested\n");
    assert!(!world.ws().join("direct/libs/my lib/deep/deep.txt").exists());
    let ran = run().arg("--path=all").arg("--submodules=recursive").good();
    assert!(ran.log.contains("2 submodules"), "{}", ran.log);
    assert_eq!(world.ws_file("all/libs/my lib/deep/deep.txt"), "nested\n");
    let folder = world.ws().join("all");
    assert_eq!(world.git(&folder, &["status", "--porcelain"]), "");
    for file in world.files("ws").iter().filter(|file| file.ends_with("config")) {
        let text = std::fs::read_to_string(file).expect("a configuration");
        assert!(
            !text.contains("Authorization") && !text.contains("canary"),
            "{}",
            file.display()
        );
    }
    assert!(
        run()
            .arg("--path=all")
            .arg("--submodules=recursive")
            .good()
            .log
            .contains("already holds")
    );
}

#[test]
fn a_submodule_on_another_host_does_not_get_the_token() {
    let mut world = World::new();
    let elsewhere = Server::start(&world.path("git"));
    let url = format!("{}/o/lib.git", elsewhere.address());
    with_submodules(&mut world, &url, "../deep.git");
    let server = Server::start(&world.path("git"));
    let run = world
        .run_of("refs/heads/master")
        .set("GITHUB_SERVER_URL", server.address());
    run.arg("--submodules=recursive").good();
    assert!(
        !elsewhere.seen().is_empty() && elsewhere.seen().iter().all(|(_, token)| !token),
        "{:?}",
        elsewhere.seen()
    );
    assert!(
        server.seen().iter().all(|(_, token)| *token),
        "{:?}",
        server.seen()
    );
}

#[test]
fn a_submodule_that_the_token_may_not_read_is_named() {
    let mut world = World::new();
    let other = Server::start(&world.path("git"));
    other.behaves(Manner {
        private: true,
        ..Manner::default()
    });
    with_submodules(
        &mut world,
        &format!("{}/o/lib.git", other.address()),
        "../deep.git",
    );
    world
        .run()
        .arg("--submodules=true")
        .go()
        .ends(2, &["the submodule 'libs/my lib' cannot be fetched", "401"]);
}

#[test]
fn a_submodule_whose_branch_has_moved_on() {
    let mut world = World::new();
    with_submodules(&mut world, "../lib.git", "../deep.git");
    for number in 0..3 {
        world.commit("o/lib", "lib.txt", &format!("later {number}\n"));
    }
    world.push("o/lib", "master");
    let server = Server::start(&world.path("git"));
    let run = world
        .run_of("refs/heads/master")
        .set("GITHUB_SERVER_URL", server.address());
    run.arg("--submodules=true").good();
    assert_eq!(world.ws_file("libs/my lib/lib.txt"), "nested\n");
}

#[test]
fn submodules_beside_a_folder() {
    let mut world = World::new();
    with_submodules(&mut world, "../lib.git", "../deep.git");
    world.run().arg("--submodules").arg("recursive").good();
    assert_eq!(world.ws_file("libs/my lib/deep/deep.txt"), "nested\n");
}

#[test]
fn hostile_addresses_of_submodules_are_refused() {
    for url in [
        "ext::sh -c touch% ran",
        "--upload-pack=touch ran",
        "-u./x",
        "file:///etc",
        "/etc",
        "../../../../../../../../etc",
    ] {
        let mut world = World::new();
        with_submodules(&mut world, "../lib.git", "../deep.git");
        let modules = format!(
            "[submodule \"libs/my lib\"]\n\tpath = libs/my lib\n\turl = \"{url}\"\n\tupdate = !touch ran\n"
        );
        world.sha = world.commit("o/n", ".gitmodules", &modules);
        world.push("o/n", "master");
        let ran = world.run().arg("--submodules=true").go();
        ran.ends(4, &["the submodule 'libs/my lib' is not fetched"]);
        assert!(
            world.files(".").iter().all(|file| !file.ends_with("ran")),
            "{url}"
        );
    }
}

/// A repository with one file in LFS, whose content lies beside the bare repository as `git lfs push` puts it there.
fn with_lfs(world: &mut World) {
    world.in_work("o/n", &["lfs", "install", "--local"]);
    world.in_work("o/n", &["lfs", "track", "*.bin"]);
    world.sha = world.commit("o/n", "large.bin", "large content\n");
    world.push("o/n", "master");
}

#[test]
fn lfs_files_are_pointers_unless_asked_for() {
    let mut world = World::new();
    with_lfs(&mut world);
    let ran = world.run().good();
    assert!(ran.log.contains("left as pointers"), "{}", ran.log);
    assert!(world.ws_file("large.bin").starts_with("version https://git-lfs"));
    world.run().arg("--lfs").good();
    assert_eq!(world.ws_file("large.bin"), "large content\n");
    assert_eq!(
        world.ws_git(&["status", "--porcelain"]),
        "",
        "later steps see no change"
    );
}

#[test]
fn an_lfs_file_that_the_server_lost_is_no_pass() {
    let mut world = World::new();
    with_lfs(&mut world);
    std::fs::remove_dir_all(world.bare("o/n").join("lfs")).expect("the objects");
    world
        .run()
        .arg("--lfs")
        .go()
        .ends(3, &["large.bin", "git lfs push"]);
}

#[test]
fn an_lfs_server_that_the_repository_names_does_not_get_the_token() {
    let mut world = World::new();
    with_lfs(&mut world);
    let (forge, elsewhere) = (
        Server::start(&world.path("git")),
        Server::start(&world.path("git")),
    );
    let config = format!("[lfs]\n\turl = {}/o/n.git/info/lfs\n", elsewhere.address());
    world.sha = world.commit("o/n", ".lfsconfig", &config);
    world.in_work(
        "o/n",
        &[
            "push",
            "--quiet",
            "--no-verify",
            "origin",
            "HEAD:refs/heads/master",
        ],
    );
    let run = world
        .run_of("refs/heads/master")
        .set("GITHUB_SERVER_URL", forge.address());
    run.arg("--lfs").go().ends(3, &["git checkout"]);
    assert!(!elsewhere.seen().is_empty(), "git-lfs asked there");
    assert!(
        elsewhere.seen().iter().all(|(_, token)| !token),
        "{:?}",
        elsewhere.seen()
    );
}
