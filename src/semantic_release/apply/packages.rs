//! Publishing packages: packed and compared before the push, published after it.

use std::collections::BTreeMap;

use super::copy::Copy;
use super::job::{Job, Package, Publish, Step};
use super::run::Did;
use crate::kit::context::Env;
use crate::kit::npm::{self, Packed, Published};
use crate::kit::outcome::{Failure, Result};

/// A package that is packed.
#[derive(Debug)]
pub struct Ready {
    packed: Packed,
    scratch: std::path::PathBuf,
    published: Option<Published>,
}

/// All packages that are published, by their place in the job.
pub type Prepared = BTreeMap<usize, Ready>;

/// Packs every package and looks whether the registry takes it, before anything is done that cannot be undone.
///
/// With `trust`, what the registry has under these versions is taken as ours.
///
/// # Errors
/// Configuration, when a package cannot be published as it is, or its version is there with other content; environment, when
/// npm or the registry failed.
pub async fn prepare(job: &Job, copy: &Copy, env: &Env, trust: bool) -> Result<Prepared> {
    let mut prepared = Prepared::new();
    for (index, package) in job.packages.iter().enumerate() {
        if let (Some(publish), Step::Release) = (&package.publish, &package.step) {
            let version = package.version.to_string();
            if trust
                && publish
                    .registry
                    .published(&publish.name, &version)
                    .await?
                    .is_some()
            {
                continue;
            }
            prepared.insert(index, ready(index, package, publish, copy, env).await?);
        }
    }
    Ok(prepared)
}

async fn ready(index: usize, package: &Package, publish: &Publish, copy: &Copy, env: &Env) -> Result<Ready> {
    let scratch = copy.folder().join(format!("package-{index}"));
    let files = scratch.join("files");
    copy.export(&package.path, &publish.edits, &files).await?;
    let packed = npm::pack(env, &files, &scratch).await?;
    let version = package.version.to_string();
    if (packed.name.as_str(), packed.version.as_str()) != (publish.name.as_str(), version.as_str()) {
        return Err(Failure::config(format!(
            "{} would be published as {} {}, not as {} {version}",
            package.path, packed.name, packed.version, publish.name
        ))
        .hint("the version field of its package.json has to be among the files that are edited"));
    }
    let manifest = std::fs::read(files.join("package.json")).unwrap_or_default();
    let lacks = packed.lacks(&serde_json::from_slice(&manifest).unwrap_or_default());
    if !lacks.is_empty() {
        return Err(Failure::config(format!(
            "{} would be published without {}, which its package.json names",
            publish.name,
            lacks.join(" and ")
        ))
        .hint("what is published is what is committed: files that a build makes are published by the build workflow (set publish to false here), or have to be committed"));
    }
    if !publish.registry.has_token() {
        return Err(Failure::config(format!(
            "{} is to be published to {}, but there is no token for it",
            publish.name,
            publish.registry.address()
        ))
        .hint("hand one over as FOUNDATION_REGISTRY_TOKEN, or set publish to false"));
    }
    let published = publish.registry.published(&publish.name, &version).await?;
    if let Some(published) = &published
        && !publish.registry.holds(published, &packed, &scratch).await?
    {
        return Err(publish.registry.differs(&packed));
    }
    Ok(Ready {
        packed,
        scratch,
        published,
    })
}

/// Publishes a package, unless the registry has it.
///
/// # Errors
/// Those of [`npm::Registry::publish`].
pub async fn publish(publish: &Publish, ready: Option<&Ready>, env: &Env) -> Result<Did> {
    let Some(ready) = ready.filter(|ready| ready.published.is_none()) else {
        return Ok(Did::There);
    };
    publish
        .registry
        .publish(env, &ready.packed, &publish.dist_tag, &ready.scratch)
        .await?;
    Ok(Did::Made)
}

/// Puts a version that is published on another channel.
///
/// # Errors
/// Configuration, when the registry does not let us or has no such version; environment, when it failed.
pub async fn add_channel(package: &Package, publish: &Publish) -> Result<Did> {
    let version = package.version.to_string();
    let registry = &publish.registry;
    if registry
        .dist_tag(&publish.name, &publish.dist_tag)
        .await?
        .as_deref()
        == Some(&version)
    {
        return Ok(Did::There);
    }
    if registry.published(&publish.name, &version).await?.is_none() {
        return Err(Failure::config(format!(
            "{} {version} is not in the registry {}, so it cannot be put on '{}'",
            publish.name,
            registry.address(),
            publish.dist_tag
        )));
    }
    registry
        .set_dist_tag(&publish.name, &publish.dist_tag, &version)
        .await?;
    Ok(Did::Made)
}
