//! What act is given in place of a repository's own workflows.
//!
//! act refuses `uses: olsitec/foundation/.forgejo/workflows/x.yml@ref`, and the point is to run this clone's workflow anyway. So
//! the caller's `uses` becomes a file beside it: this clone's workflow, with the image (or, in host mode, without) and one
//! more step that stands in for the forge, from which `foundation-checkout` would fetch. Only act's own folder is changed:
//! jobs see the repository as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_yaml::{Mapping, Value};

use crate::kit::outcome::{Failure, Result};
use crate::maintainer::workflows::{RENDERED, Rendered};

/// Where a repository may keep workflows; the first that exists is taken, as the forge does.
const FOLDERS: &[&str] = &[".forgejo/workflows", ".gitea/workflows", ".github/workflows"];

/// Where the repository lies within a job's container.
const MOUNT: &str = "/mnt/repository";
/// Where the bare repository that stands in for the forge's lies there.
const REMOTE: &str = "/mnt/remote.git";
/// Where this machine's certificate authorities lie there.
pub const AUTHORITIES: &str = "/mnt/authorities.pem";

/// In what the jobs run.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In a container of this image, with this label.
    Container {
        /// The image.
        image: &'a str,
        /// `name=value`.
        label: &'a str,
        /// Certificate authorities of this machine (PEM), if it names some of its own.
        authorities: Option<&'a Path>,
    },
    /// On this machine.
    Host,
}

/// What is staged, and from what.
#[derive(Debug)]
pub struct Staging<'a> {
    /// act's folder: a working tree of the repository.
    pub folder: &'a Path,
    /// The bare repository that stands in for the forge's.
    pub remote: &'a Path,
    /// This clone's reusable workflows.
    pub rendered: &'a [Rendered],
    /// Where the jobs run.
    pub place: Place<'a>,
    /// Keeps the containers of this run apart from those of others: act names them by workflow and job.
    pub id: &'a str,
    /// Only the jobs that call this workflow, and what they need.
    pub only: Option<&'a str>,
    /// Whether the repository is a clone of foundation, whose callers may say `./`.
    pub own: bool,
}

/// Rewrites the workflows in act's folder, and returns the folder of the callers.
///
/// # Errors
/// Configuration, when there is no workflow, one cannot be read, or it calls a workflow that this clone does not have.
pub fn stage(staging: &Staging<'_>) -> Result<PathBuf> {
    let Some(relative) = FOLDERS.iter().find(|folder| staging.folder.join(folder).exists()) else {
        return Err(Failure::config("the repository has no workflow")
            .hint("add .forgejo/workflows/ci.yml; the README has one of ten lines"));
    };
    let folder = staging.folder.join(relative);
    for part in [folder.as_path(), folder.parent().unwrap_or(&folder)] {
        if part.is_symlink() {
            return Err(Failure::config(format!(
                "{relative} is a link, which is not followed"
            )));
        }
    }
    let mut called = BTreeSet::new();
    for entry in std::fs::read_dir(&folder)
        .map_err(|error| Failure::config(format!("cannot read {relative}")).because(error))?
    {
        let file = entry
            .map_err(|error| Failure::config(format!("cannot read {relative}")).because(error))?
            .path();
        if matches!(
            file.extension().and_then(|end| end.to_str()),
            Some("yml" | "yaml")
        ) {
            called.extend(staging.caller(&file)?);
        }
    }
    if let Some(only) = staging.only.filter(|only| !called.contains(*only)) {
        return Err(Failure::config(format!(
            "no job of {relative} calls {only}.yml of foundation"
        )));
    }
    let target = staging.folder.join(RENDERED);
    for workflow in staging
        .rendered
        .iter()
        .filter(|workflow| called.contains(&workflow.name))
    {
        let written = std::fs::create_dir_all(&target).and_then(|()| {
            std::fs::write(
                target.join(staged_name(&workflow.name, staging.id)),
                staging.inner(workflow)?,
            )
        });
        written.map_err(|error| Failure::environment("cannot write the staged workflow").because(error))?;
    }
    Ok(folder)
}

fn staged_name(workflow: &str, id: &str) -> String {
    format!("foundation-act-{id}-{workflow}.yml")
}

impl Staging<'_> {
    /// Rewrites one caller, and returns the names of the workflows it calls.
    fn caller(&self, file: &Path) -> Result<BTreeSet<String>> {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let wrong = |what: String| Failure::config(format!("the workflow {name} {what}"));
        if file.is_symlink() {
            return Err(wrong("is a link, which is not followed".to_owned()));
        }
        let text = std::fs::read_to_string(file)
            .map_err(|error| wrong("cannot be read".to_owned()).because(error))?;
        let mut workflow: Value =
            serde_yaml::from_str(&text).map_err(|error| wrong("is no YAML".to_owned()).because(error))?;
        let mut called = BTreeSet::new();
        let mut calling = BTreeSet::new();
        let mut ordinary = false;
        if let Some(jobs) = workflow.get_mut("jobs").and_then(Value::as_mapping_mut) {
            for (id, job) in jobs.iter_mut() {
                let Some(target) = job
                    .get("uses")
                    .and_then(Value::as_str)
                    .and_then(|uses| self.target(uses))
                else {
                    ordinary = true;
                    continue;
                };
                if !self.rendered.iter().any(|workflow| workflow.name == target) {
                    let known: Vec<&str> = self
                        .rendered
                        .iter()
                        .map(|workflow| workflow.name.as_str())
                        .collect();
                    return Err(wrong(format!(
                        "calls {target}.yml, which this clone of foundation does not have"
                    ))
                    .hint(format!("it has {}", known.join(", "))));
                }
                if let Some(job) = job.as_mapping_mut() {
                    job.insert(
                        "uses".into(),
                        format!("./{RENDERED}/{}", staged_name(&target, self.id)).into(),
                    );
                    // The other way of calling, which act does not know.
                    job.remove("runs-on");
                }
                if self.only.is_none_or(|only| only == target) {
                    calling.insert(id.as_str().unwrap_or_default().to_owned());
                }
                called.insert(target);
            }
            if self.only.is_some() {
                let wanted = with_needs(jobs, calling);
                jobs.retain(|id, _| id.as_str().is_some_and(|id| wanted.contains(id)));
                if jobs.is_empty() {
                    called.clear();
                }
            }
        }
        if self.only.is_some() && called.is_empty() {
            return remove(file).map(|()| called);
        }
        if called.is_empty() && !ordinary {
            return Ok(called);
        }
        if ordinary && let Some(workflow) = workflow.as_mapping_mut() {
            let shown = workflow
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or(&name)
                .to_owned();
            workflow.insert("name".into(), format!("{shown} {}", self.id).into());
        }
        let text = serde_yaml::to_string(&workflow)
            .map_err(|error| wrong("cannot be rewritten".to_owned()).because(error))?;
        std::fs::write(file, text).map_err(|error| wrong("cannot be rewritten".to_owned()).because(error))?;
        Ok(called)
    }

    /// The name of the foundation workflow that a job calls.
    fn target(&self, uses: &str) -> Option<String> {
        const REMOTE: &str =
            r"^(?:https?://[^/]+/)?[^/]+/foundation/\.forgejo/workflows/([A-Za-z0-9_-]+)\.ya?ml@[^@]+$";
        const LOCAL: &str = r"^\./\.forgejo/workflows/([A-Za-z0-9_-]+)\.ya?ml$";
        let patterns: &[&str] = if self.own { &[REMOTE, LOCAL] } else { &[REMOTE] };
        patterns
            .iter()
            .filter_map(|pattern| Regex::new(pattern).ok())
            .find_map(|pattern| Some(pattern.captures(uses)?[1].to_owned()))
    }

    /// This clone's workflow, as act runs it.
    fn inner(&self, workflow: &Rendered) -> std::io::Result<String> {
        let broken = |what: &str| std::io::Error::other(format!("{} {what}", workflow.path()));
        let mut value: Value = serde_yaml::from_str(&workflow.text).map_err(std::io::Error::other)?;
        let top = value.as_mapping_mut().ok_or_else(|| broken("is no mapping"))?;
        top.insert("name".into(), format!("{} {}", workflow.name, self.id).into());
        let jobs = top
            .get_mut("jobs")
            .and_then(Value::as_mapping_mut)
            .ok_or_else(|| broken("has no jobs"))?;
        for (_, job) in jobs.iter_mut() {
            let job = job
                .as_mapping_mut()
                .ok_or_else(|| broken("has a job that is no mapping"))?;
            let repository = self.contain(job);
            self.hand_over_the_remote(job);
            let steps = job
                .get_mut("steps")
                .and_then(Value::as_sequence_mut)
                .ok_or_else(|| broken("has a job without steps"))?;
            steps.insert(0, self.forge(&repository));
        }
        serde_yaml::to_string(&value).map_err(std::io::Error::other)
    }

    /// Sets where a job runs, and returns where the repository lies for it.
    fn contain(&self, job: &mut Mapping) -> String {
        let store = self.folder.join(".git").display().to_string();
        match self.place {
            Place::Host => {
                job.remove("container");
                store
            }
            Place::Container {
                image,
                label,
                authorities,
            } => {
                let mut container = match job.remove("container") {
                    Some(Value::Mapping(container)) => container,
                    _ => Mapping::new(),
                };
                let options = container
                    .get("options")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let options = format!("{options} --label {label}");
                container.insert("image".into(), image.into());
                container.insert("options".into(), options.trim().into());
                let mut volumes = match container.remove("volumes") {
                    Some(Value::Sequence(volumes)) => volumes,
                    _ => Vec::new(),
                };
                volumes.push(format!("{store}:{MOUNT}:ro").into());
                volumes.extend(authorities.map(|file| format!("{}:{AUTHORITIES}:ro", file.display()).into()));
                volumes.push(format!("{}:{REMOTE}", self.remote.display()).into());
                container.insert("volumes".into(), Value::Sequence(volumes));
                job.insert("container".into(), Value::Mapping(container));
                MOUNT.to_owned()
            }
        }
    }

    /// Tells our binaries where the forge's git is: they read the variable as they read `--remote`.
    fn hand_over_the_remote(&self, job: &mut Mapping) {
        let remote = match self.place {
            Place::Host => self.remote.display().to_string(),
            Place::Container { .. } => REMOTE.to_owned(),
        };
        let mut env = match job.remove("env") {
            Some(Value::Mapping(env)) => env,
            _ => Mapping::new(),
        };
        env.insert("FOUNDATION_REMOTE".into(), remote.into());
        job.insert("env".into(), Value::Mapping(env));
    }

    /// The step that stands in for the forge. Copied rather than cloned: git does not clone what belongs to another user, and
    /// in a container the repository does.
    fn forge(&self, repository: &str) -> Value {
        let mut lines = vec![
            r#"cp -R "$FOUNDATION_ACT_REPOSITORY" .git"#,
            "git reset --hard --quiet",
        ];
        match self.place {
            // Beside the workspace, so that act removes it with the job.
            Place::Host => lines.extend([
                "mkdir ../home",
                r#"echo "HOME=$(cd ../home && pwd)" >> "$GITHUB_ENV""#,
            ]),
            // It belongs to the user who runs act, and git asks for trust in that one only.
            Place::Container { .. } => {
                lines.push(r#"git config --global --add safe.directory "$FOUNDATION_REMOTE""#);
            }
        }
        let mut env = Mapping::new();
        env.insert("FOUNDATION_ACT_REPOSITORY".into(), repository.into());
        let mut step = Mapping::new();
        step.insert("name".into(), "the repository, in place of the forge".into());
        step.insert("run".into(), lines.join("\n").into());
        step.insert("env".into(), Value::Mapping(env));
        Value::Mapping(step)
    }
}

/// The jobs, and all that they need.
fn with_needs(jobs: &Mapping, mut wanted: BTreeSet<String>) -> BTreeSet<String> {
    let mut open: Vec<String> = wanted.iter().cloned().collect();
    while let Some(id) = open.pop() {
        let needs = match jobs.get(id.as_str()).and_then(|job| job.get("needs")) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Sequence(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        open.extend(needs.into_iter().filter(|need| wanted.insert(need.clone())));
    }
    wanted
}

fn remove(file: &Path) -> Result<()> {
    std::fs::remove_file(file)
        .map_err(|error| Failure::environment(format!("cannot remove {}", file.display())).because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: &str = "name: foundation-lint\non:\n  workflow_call:\njobs:\n  foundation-lint:\n    runs-on: docker\n    container:\n      image: foundation-ci:0123\n    steps:\n    - run: foundation-lint\n";

    fn stage_with(
        caller: &str,
        only: Option<&str>,
        place: Place<'_>,
    ) -> (Result<PathBuf>, Vec<(String, Value)>) {
        let folder = tempfile::tempdir().expect("a folder");
        let workflows = folder.path().join(RENDERED);
        std::fs::create_dir_all(&workflows).expect("made");
        std::fs::write(workflows.join("ci.yml"), caller).expect("written");
        let rendered = [Rendered {
            name: "lint".to_owned(),
            text: INNER.to_owned(),
        }];
        let staged = stage(&Staging {
            folder: folder.path(),
            remote: Path::new("/stage/remote.git"),
            rendered: &rendered,
            place,
            id: "x1",
            only,
            own: false,
        });
        let mut files: Vec<(String, Value)> = std::fs::read_dir(&workflows)
            .expect("there")
            .map(|entry| {
                let path = entry.expect("an entry").path();
                let text = std::fs::read_to_string(&path).expect("text");
                (
                    path.file_name().expect("a name").to_string_lossy().into_owned(),
                    serde_yaml::from_str(&text).expect("YAML"),
                )
            })
            .collect();
        files.sort_by(|a, b| a.0.cmp(&b.0));
        (staged, files)
    }

    const CALLER: &str = "name: ci\non: [push]\njobs:\n  lint:\n    runs-on: docker\n    uses: olsitec/foundation/.forgejo/workflows/lint.yml@master\n    with: {path: api}\n";

    #[test]
    fn a_remote_call_becomes_this_clone_s_workflow_in_the_image() {
        let image = Place::Container {
            image: "i:1",
            label: "a=b",
            authorities: None,
        };
        let (staged, files) = stage_with(CALLER, None, image);
        assert!(staged.is_ok() && files.len() == 2);
        let job = &files[0].1["jobs"]["lint"];
        assert_eq!(
            job["uses"],
            Value::from("./.forgejo/workflows/foundation-act-x1-lint.yml")
        );
        assert_eq!(
            (job.get("runs-on"), &job["with"]["path"]),
            (None, &Value::from("api"))
        );
        let inner = &files[1].1["jobs"]["foundation-lint"];
        assert_eq!(inner["container"]["image"], Value::from("i:1"));
        assert_eq!(inner["container"]["options"], Value::from("--label a=b"));
        let volumes = inner["container"]["volumes"].as_sequence().expect("volumes");
        assert!(volumes.contains(&Value::from("/stage/remote.git:/mnt/remote.git")));
        assert_eq!(inner["env"]["FOUNDATION_REMOTE"], Value::from("/mnt/remote.git"));
        assert_eq!(inner["steps"][1]["run"], Value::from("foundation-lint"));
    }

    #[test]
    fn in_host_mode_there_is_no_container() {
        let (_, files) = stage_with(CALLER, None, Place::Host);
        let inner = &files[1].1["jobs"]["foundation-lint"];
        assert_eq!(inner.get("container"), None);
        assert_eq!(
            inner["env"]["FOUNDATION_REMOTE"],
            Value::from("/stage/remote.git")
        );
    }

    #[test]
    fn only_the_callers_of_one_workflow_and_what_they_need_stay() {
        let more = format!(
            "{CALLER}    needs: first\n  first:\n    runs-on: docker\n  other:\n    runs-on: docker\n"
        );
        let (_, files) = stage_with(&more, Some("lint"), Place::Host);
        let jobs: Vec<&str> = files[0].1["jobs"]
            .as_mapping()
            .expect("jobs")
            .keys()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(jobs, ["lint", "first"]);
        let (staged, _) = stage_with(
            "on: push\njobs:\n  a:\n    runs-on: docker\n",
            Some("lint"),
            Place::Host,
        );
        assert!(
            staged
                .expect_err("nobody calls it")
                .to_string()
                .contains("lint.yml")
        );
    }

    #[test]
    fn a_workflow_that_this_clone_does_not_have_is_told() {
        let (staged, _) = stage_with(&CALLER.replace("lint.yml", "deploy.yml"), None, Place::Host);
        assert!(staged.expect_err("unknown").to_string().contains("deploy.yml"));
    }
}
