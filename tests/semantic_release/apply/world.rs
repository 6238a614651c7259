//! A world of its own for each test: a clone with commits, and a remote in a folder or on the forge.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::driver::{Spec, SpecPackage, SpecPublish};
use crate::gitea::{Gitea, Repo, git};
use crate::verdaccio::Verdaccio;

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{name}-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The manifest of a package.
pub fn manifest(name: &str, version: &str) -> String {
    format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\",\n  \"main\": \"index.js\"\n}}\n")
}

pub struct World {
    folder: tempfile::TempDir,
    /// Where it is pushed: a folder, or the forge's address.
    pub remote: String,
    /// The repository on the forge, where there is one.
    pub repo: Option<Repo>,
    /// The commit that is released.
    pub head: String,
}

impl World {
    /// A remote in a folder, one commit with these files on `master`.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bare = folder.path().join("remote.git");
        for (path, arguments) in [
            (
                bare.clone(),
                vec!["init", "--quiet", "--bare", "--initial-branch=master"],
            ),
            (
                folder.path().join("work"),
                vec!["init", "--quiet", "--initial-branch=master"],
            ),
        ] {
            std::fs::create_dir(&path).expect("a folder");
            git(&path, &arguments, None);
        }
        let mut world = Self {
            remote: bare.to_str().expect("UTF-8").to_owned(),
            folder,
            repo: None,
            head: String::new(),
        };
        world.head = world.commit("feat: first", files);
        world.push();
        world
    }

    /// The same with the remote on the forge.
    pub fn on_the_forge(files: &[(&str, &str)], options: &Value) -> Self {
        let mut world = Self::of(files);
        let gitea = Gitea::shared();
        let mut options = options.clone();
        options["name"] = json!(unique("release"));
        let repo = gitea.create_repo_with(&options);
        world.remote.clone_from(&repo.clone_url);
        world.repo = Some(repo);
        world.push();
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Commits files in the clone.
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (name, content) in files {
            let file = self.work().join(name);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(file, content).expect("written");
        }
        git(&self.work(), &["add", "--all"], None);
        git(
            &self.work(),
            &["commit", "--quiet", "--allow-empty", "--message", message],
            None,
        );
        // Dates are part of the objects: with one date, what comes of two worlds can be compared.
        let commit: String = git(&self.work(), &["cat-file", "commit", "HEAD"], None)
            .lines()
            .map(|line| match line.split_once("> ") {
                Some((who, _)) => format!("{who}> 1767323045 +0000\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let object = self.path("commit");
        std::fs::write(&object, commit).expect("written");
        let object = object.to_str().expect("UTF-8");
        let name = git(&self.work(), &["hash-object", "-t", "commit", "-w", object], None);
        git(&self.work(), &["reset", "--quiet", &name], None);
        git(&self.work(), &["rev-parse", "HEAD"], None)
    }

    /// Pushes the clone's `master`.
    pub fn push(&self) {
        match &self.repo {
            Some(repo) => drop(Gitea::shared().push(repo, &self.work(), "HEAD:refs/heads/master")),
            None => drop(git(
                &self.work(),
                &["push", "--quiet", &self.remote, "HEAD:refs/heads/master"],
                None,
            )),
        }
    }

    /// The job to release one package in the root.
    pub fn spec(&self) -> Spec {
        let gitea = self.repo.as_ref().map(|_| Gitea::shared());
        Spec {
            repository: self.work(),
            remote: self.remote.clone(),
            branch: "master".to_owned(),
            head: self.head.clone(),
            packages: vec![package("thing", ".", "1.0.0", "v1.0.0")],
            server: gitea.map(|gitea| gitea.url.clone()),
            full_name: self
                .repo
                .as_ref()
                .map_or_else(|| "o/n".to_owned(), |repo| repo.full_name.clone()),
            token: gitea.map(|gitea| gitea.token.clone()),
            ..Spec::default()
        }
    }

    /// A file outside the clone, of so many bytes.
    pub fn file(&self, name: &str, size: usize) -> PathBuf {
        use std::io::Write as _;
        let path = self.path(name);
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
        let mut state = 88_172_645_463_325_252_u64;
        for _ in 0..size / 8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            file.write_all(&state.to_le_bytes()).expect("written");
        }
        file.write_all(&[7; 8][..size % 8]).expect("written");
        file.flush().expect("written");
        drop(file);
        path
    }

    /// All refs of the remote and what they name; the notes by what they say.
    pub fn refs(&self) -> BTreeMap<String, String> {
        let mirror = tempfile::tempdir().expect("a folder");
        git(mirror.path(), &["init", "--quiet", "--bare"], None);
        let authorization = self
            .repo
            .as_ref()
            .map(|_| format!("token {}", Gitea::shared().token));
        git(
            mirror.path(),
            &[
                "fetch",
                "--quiet",
                &self.remote,
                "+refs/heads/*:refs/heads/*",
                "+refs/tags/*:refs/tags/*",
                "+refs/notes/*:refs/notes/*",
            ],
            authorization.as_deref(),
        );
        git(
            mirror.path(),
            &["for-each-ref", "--format=%(refname) %(objectname)"],
            None,
        )
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, object)| (name.to_owned(), object.to_owned()))
        .collect()
    }

    /// Runs git on a copy of the remote.
    pub fn at_remote(&self, arguments: &[&str]) -> String {
        let mirror = tempfile::tempdir().expect("a folder");
        git(mirror.path(), &["init", "--quiet", "--bare"], None);
        let authorization = self
            .repo
            .as_ref()
            .map(|_| format!("token {}", Gitea::shared().token));
        git(
            mirror.path(),
            &["fetch", "--quiet", &self.remote, "+refs/*:refs/*"],
            authorization.as_deref(),
        );
        git(mirror.path(), arguments, None)
    }

    /// What can be seen of the clone: nothing of it may change.
    pub fn clone_state(&self) -> String {
        format!(
            "{}\n{}\n{}",
            git(&self.work(), &["status", "--porcelain", "--branch"], None),
            git(&self.work(), &["for-each-ref"], None),
            git(&self.work(), &["config", "--list", "--local"], None)
        )
    }

    /// The releases of the forge: tag, title, notes, prerelease, and each asset's name and size; no ids and no times.
    pub fn releases(&self) -> Vec<Value> {
        let Some(repo) = &self.repo else { return Vec::new() };
        let mut releases: Vec<Value> = Gitea::shared()
            .get(&format!(
                "/repos/{}/releases?limit=50&draft=false",
                repo.full_name
            ))
            .as_array()
            .expect("a list")
            .iter()
            .map(|release| {
                let mut assets: Vec<Value> = release["assets"]
                    .as_array()
                    .expect("assets")
                    .iter()
                    .map(|asset| json!([asset["name"], asset["size"]]))
                    .collect();
                assets.sort_by_key(Value::to_string);
                json!({"tag": release["tag_name"], "title": release["name"], "notes": release["body"],
                    "prerelease": release["prerelease"], "draft": release["draft"], "assets": assets})
            })
            .collect();
        releases.sort_by_key(Value::to_string);
        releases
    }
}

/// One package's part of a job.
pub fn package(name: &str, path: &str, version: &str, tag: &str) -> SpecPackage {
    SpecPackage {
        name: name.to_owned(),
        path: path.to_owned(),
        version: version.to_owned(),
        tag: tag.to_owned(),
        channels: vec![None],
        title: format!("{name} {version}"),
        notes: format!("## {version}\n\n- something new\n"),
        ..SpecPackage::default()
    }
}

/// Publishing to the test registry.
pub fn to_verdaccio(name: &str) -> SpecPublish {
    let registry = Verdaccio::shared();
    SpecPublish {
        registry: registry.url.clone(),
        token: Some(registry.token.clone()),
        name: name.to_owned(),
        dist_tag: "latest".to_owned(),
        edits: Vec::new(),
    }
}
