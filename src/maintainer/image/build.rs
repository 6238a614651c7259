//! `foundation image build`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::kit::context::Context;
use crate::kit::outcome::{Outcome, Result};
use crate::kit::process::{self, Cmd};
use crate::kit::report::Report;

use super::base::{Base, From};
use super::buildah::{Buildah, Recipe, missing};
use super::oci::{Layer, Layout};
use super::places::{Places, cannot, make_folder, read_text};
use super::{pin, programs, tools};

/// Build the foundation-ci image and load it into Docker
///
/// What does not depend on our own programs is kept in the cache by the hash of the lock files, so a second build takes seconds.
#[derive(Debug, clap::Args)]
pub struct Build {
    /// Where the base comes from
    #[arg(long, value_enum, default_value = "debootstrap")]
    base: From,

    /// A folder of our programs that are already built [default: build them for release]
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,

    /// Where to put the image, as an OCI layout [default: the cache]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// The image's name in Docker
    #[arg(long, default_value = NAME)]
    name: String,

    /// Build every part anew
    #[arg(long)]
    no_cache: bool,

    /// Do not load the image into Docker
    #[arg(long)]
    no_load: bool,
}

/// The name of the image.
const NAME: &str = "foundation-ci";

/// Runs it.
///
/// # Errors
/// Configuration: a lock or a program of ours is missing. Environment: see each step.
pub async fn run(build: &Build, context: &Context, report: &Report) -> Result<Outcome> {
    let places = Places::find(context)?;
    let folder = match &build.programs {
        Some(folder) => context.directory.join(folder),
        None => programs::build(&places.source, context, report).await?,
    };
    let programs = programs::find(&folder)?;
    let base = Base::plan(build.base, &places)?;
    let labels = programs::labels(&programs, context).await?;

    let tools = all_but_programs(build, &base, &places, context, report).await?;
    let layer = Layer {
        programs: &programs,
        labels,
        epoch: base.epoch(),
    };
    let scratch = places.scratch()?;
    let draft = scratch.path().join("image");
    tools.with_layer(&layer, &draft)?;
    let target = build
        .output
        .as_ref()
        .map_or_else(|| places.last_image(), |output| context.directory.join(output));
    let image = replace(&draft, &target)?;

    let digest = image.digest()?;
    let manifest = image.manifest()?;
    let size: u64 = manifest.layers.iter().map(|layer| layer.size).sum();
    report.say(format_args!(
        "{NAME}@{digest}: {:.1} MB compressed, in {}",
        megabytes(size),
        target.display()
    ));
    let pinned = pin::current(&read_text(&places.source.join("VERSIONS"))?)?;
    if pinned != format!("{NAME}@{digest}") {
        report.say(format_args!(
            "VERSIONS pins {pinned}; `foundation image pin` pins this one"
        ));
    }
    if !build.no_load {
        load(&build.name, &image, &target, context, report).await?;
    }
    Ok(Outcome::Good)
}

/// Bytes as people read them.
pub fn megabytes(bytes: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "sizes of files, for people")]
    let bytes = bytes as f64;
    bytes / 1e6
}

/// The image without our programs, from the cache or made.
async fn all_but_programs(
    build: &Build,
    base: &Base,
    places: &Places,
    context: &Context,
    report: &Report,
) -> Result<Layout> {
    let images = places.images();
    make_folder(&images)?;
    let kept = images.join(format!("tools-{}", tools::key(&base.key, places)?));
    if !build.no_cache
        && let Ok(layout) = Layout::open(&kept)
    {
        return Ok(layout);
    }
    let scratch = places.scratch()?;
    let base_kept = images.join(format!("base-{}", base.key));
    if build.no_cache || Layout::open(&base_kept).is_err() {
        let draft = scratch.path().join("base");
        base.make(&draft, places, context, report).await?;
        replace(&draft, &base_kept)?;
    }
    report.say("adding the tools of the npm and Python locks");
    let folder = scratch.path().join("context");
    tools::lay_out(&folder.join("tools"), base.name(), places, context).await?;
    let buildah = Buildah::new(places, context)?;
    let recipe = Recipe {
        dockerfile: places.file("Dockerfile"),
        folder: &folder,
        argument: Some(("BASE", buildah.base(&base_kept)?)),
        epoch: base.epoch(),
    };
    let draft = scratch.path().join("image");
    buildah.build(&recipe, 9, &draft).await?;
    replace(&draft, &kept)
}

/// Moves a finished layout to its place. A run that is killed half way leaves no half image.
fn replace(draft: &Path, target: &Path) -> Result<Layout> {
    if let Some(parent) = target.parent() {
        make_folder(parent)?;
    }
    // Two steps, since a folder that holds something cannot be renamed over.
    let old = draft.with_extension("old");
    match fs::rename(target, &old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(cannot("replace", target, error));
        }
        _ => {}
    }
    fs::rename(draft, target).map_err(|error| cannot("write", target, error))?;
    Layout::open(target)
}

/// Loads the image into Docker, under `latest` and under its digest.
async fn load(name: &str, image: &Layout, folder: &Path, context: &Context, report: &Report) -> Result<()> {
    let docker = process::find(&context.env, "docker").ok_or_else(|| missing("docker"))?;
    let docker = |arguments: &[&str]| {
        let mut docker = Cmd::new(&docker, &context.env).args(arguments);
        if let Some(host) = context.env.os("DOCKER_HOST") {
            docker = docker.env("DOCKER_HOST", host);
        }
        docker
    };
    let digest = image.digest()?;
    let tag = format!(
        "{name}:{}",
        digest.trim_start_matches("sha256:").get(..12).unwrap_or_default()
    );
    let held = docker(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", &tag])
        .capture()
        .await?;
    let same = held.end.good()
        && serde_json::from_slice::<Value>(&held.stdout)
            .is_ok_and(|layers| image.diff_ids().is_ok_and(|ids| ids == layers));
    if !same {
        let skopeo = process::find(&context.env, "skopeo").ok_or_else(|| missing("skopeo"))?;
        let mut copy = Cmd::new(skopeo, &context.env)
            .args(["copy", "--quiet", "--insecure-policy"])
            .arg(format!("oci:{}:{NAME}", folder.display()));
        if let Some(host) = context.env.text("DOCKER_HOST") {
            copy = copy.arg(format!("--dest-daemon-host={host}"));
        }
        copy.arg(format!("docker-daemon:{tag}"))
            .limit(Duration::from_secs(900))
            .output()
            .await
            .map_err(|failure| {
                failure.hint("is Docker running? `docker info` tells; --no-load builds without loading")
            })?;
    }
    docker(&["tag", &tag, &format!("{name}:latest")]).output().await?;
    report.say(format_args!("Docker has it as {tag} and {name}:latest"));
    Ok(())
}
