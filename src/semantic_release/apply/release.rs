//! The forge's releases and their assets.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::job::{Asset, ForgeRelease, Job};
use super::run::Did;
use crate::kit::context::Env;
use crate::kit::failpoint;
use crate::kit::forge::{self, Cause, Forge, NewRelease, Release};
use crate::kit::outcome::{Failure, Result};

/// Looks whether all assets can be read, before anything is done that cannot be undone.
///
/// # Errors
/// Configuration, naming the file.
pub fn check_assets(job: &Job) -> Result<()> {
    for asset in assets(job) {
        let wrong = |why: &str| Failure::config(format!("the asset {} {why}", asset.file.display()));
        match std::fs::File::open(&asset.file).and_then(|file| file.metadata()) {
            Ok(meta) if meta.is_file() => {}
            Ok(_) => return Err(wrong("is no file")),
            Err(error) => return Err(wrong("cannot be read").because(error)),
        }
    }
    for package in &job.packages {
        let mut names: Vec<&str> = package
            .release
            .iter()
            .flat_map(|release| &release.assets)
            .map(|asset| asset.name.as_str())
            .collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(
                Failure::config(format!("two assets of {} are called {}", package.tag, twice[0]))
                    .hint("one release holds one file of a name"),
            );
        }
    }
    Ok(())
}

fn assets(job: &Job) -> impl Iterator<Item = &Asset> {
    let releases = job.packages.iter().filter_map(|package| package.release.as_ref());
    releases.flat_map(|release| &release.assets)
}

/// Makes what is missing of a release: itself, and each of its assets. With `trust`, an asset of the right size is taken as whole;
/// else its content is read and compared.
///
/// # Errors
/// Those of the forge; environment, when an asset cannot be read.
pub async fn release(forge: &Forge, tag: &str, wanted: &ForgeRelease, env: &Env, trust: bool) -> Result<Did> {
    let (release, mut did) = match forge.release(tag).await? {
        Some(release) => (release, Did::There),
        None => create(forge, tag, wanted).await?,
    };
    if did == Did::There && release.prerelease != wanted.prerelease {
        forge.set_prerelease(release.id, wanted.prerelease).await?;
        did = Did::Made;
    }
    for asset in &wanted.assets {
        failpoint::here(env, "before", &format!("asset:{}", asset.name));
        if attach(forge, tag, &release, asset, trust).await? == Did::Made {
            did = Did::Made;
        }
        failpoint::here(env, "after", &format!("asset:{}", asset.name));
    }
    Ok(did)
}

async fn create(forge: &Forge, tag: &str, wanted: &ForgeRelease) -> Result<(Release, Did)> {
    let new = NewRelease {
        tag_name: tag,
        name: &wanted.title,
        body: &wanted.notes,
        prerelease: wanted.prerelease,
    };
    match forge.create_release(&new).await {
        Ok(release) => Ok((release, Did::Made)),
        // Another run was faster, or a person's draft is in the way.
        Err(error) if error.cause == Cause::Conflict => match forge.release(tag).await? {
            Some(release) => Ok((release, Did::There)),
            None => Err(Failure::config(format!(
                "the forge says that a release of {tag} is there, but it cannot be seen"
            ))
            .because(error)
            .hint("is there a draft for this tag? publish or remove it, then run this again")),
        },
        Err(error) => Err(error.into()),
    }
}

/// Attaches a file, unless it is there whole. One of that name that differs, such as the rest of a broken upload, is replaced.
async fn attach(forge: &Forge, tag: &str, release: &Release, asset: &Asset, trust: bool) -> Result<Did> {
    let size = std::fs::metadata(&asset.file)
        .map_err(|error| unreadable(&asset.file, error))?
        .len();
    let mut did = Did::There;
    let there = alone(forge, release, asset).await?;
    let good = match &there {
        Some(one) if one.size == size => trust || forge.asset_hash(tag, one).await? == hash(&asset.file)?,
        Some(_) | None => false,
    };
    if !good {
        if let Some(old) = there {
            forge.delete_asset(release.id, old.id).await?;
        }
        forge.upload(release.id, &asset.name, &asset.file).await?;
        did = Did::Made;
    }
    match alone(forge, release, asset).await? {
        Some(one) if one.size == size => Ok(did),
        _ => Err(Failure::environment(format!(
            "the asset {} of {tag} is not there whole after it was uploaded",
            asset.name
        ))
        .hint("run this again")),
    }
}

/// The asset of that name. Where two runs at once have both made it, all choose the same survivor, the oldest.
async fn alone(forge: &Forge, release: &Release, asset: &Asset) -> Result<Option<forge::Asset>> {
    let mut assets = forge.assets(release.id).await?;
    assets.retain(|there| there.name == asset.name);
    let mut assets = assets.into_iter();
    let first = assets.next();
    for twin in assets {
        forge.delete_asset(release.id, twin.id).await?;
    }
    Ok(first)
}

/// The SHA-256 of a file, read in pieces.
fn hash(file: &Path) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut reader = std::fs::File::open(file).map_err(|error| unreadable(file, error))?;
    std::io::copy(&mut reader, &mut hash).map_err(|error| unreadable(file, error))?;
    Ok(hash.finalize().into())
}

fn unreadable(file: &Path, error: std::io::Error) -> Failure {
    Failure::environment(format!("cannot read {}", file.display())).because(error)
}
