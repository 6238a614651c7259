//! The base of the image: the locked Debian packages, from nothing or over a base image.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};
use crate::kit::report::Report;
use crate::kit::versions::Versions;

use super::apt;
use super::buildah::{Buildah, Recipe, missing};
use super::lock::DebsLock;
use super::places::{Key, Places, cannot, link, make_folder, read_text, sha256, write};

/// Where the base comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// From the locked Debian packages alone; needs no image registry
    Debootstrap,
    /// The `IMAGE_BASE` of VERSIONS, with the locked packages installed over it
    Registry,
}

/// The base, decided but not yet made.
#[derive(Debug)]
pub struct Base {
    lock: DebsLock,
    image: Option<String>,
    /// The hash of its inputs.
    pub key: String,
}

const FILES: &[&str] = &[
    "debs.lock",
    "base/debootstrap.Dockerfile",
    "base/registry.Dockerfile",
    "base/dpkg.cfg",
    "base/tidy",
];

impl Base {
    /// Reads the lock, and the digest of the base image where one is asked for.
    ///
    /// # Errors
    /// Configuration.
    pub fn plan(from: From, places: &Places) -> Result<Self> {
        let lock = DebsLock::parse(&read_text(&places.file("debs.lock"))?)?;
        let image = match from {
            From::Debootstrap => None,
            From::Registry => {
                let versions = Versions::parse(&read_text(&places.source.join("VERSIONS"))?)?;
                Some(pinned(versions.get("IMAGE_BASE")?)?)
            }
        };
        let mut key = Key::default()
            .with("image", image.as_deref().unwrap_or_default().as_bytes())
            .with("recipe", include_bytes!("base.rs"));
        for file in FILES {
            key = key.with_file(places, file)?;
        }
        let key = key.finish();
        Ok(Self { lock, image, key })
    }

    /// The time of every file of the image.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.lock.epoch
    }

    /// What people know the base by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.image.as_deref().unwrap_or("debootstrap")
    }

    /// Makes it, as an OCI layout.
    ///
    /// # Errors
    /// Environment: a package is gone, a program is missing or failed.
    pub async fn make(
        &self,
        layout: &Path,
        places: &Places,
        context: &Context,
        report: &Report,
    ) -> Result<()> {
        apt::fetch(&self.lock, places, context, report).await?;
        report.say(format_args!(
            "making the base from {} Debian packages ({})",
            self.lock.debs.len(),
            self.name()
        ));
        let scratch = places.scratch()?;
        let folder = scratch.path();
        for file in ["tidy", "dpkg.cfg"] {
            let from = places.file("base").join(file);
            fs::copy(&from, folder.join(file)).map_err(|error| cannot("read", &from, error))?;
        }
        make_folder(&folder.join("debs"))?;
        for deb in &self.lock.debs {
            let name = deb.file_name();
            link(&places.debs().join(&name), &folder.join("debs").join(&name))?;
        }
        let (dockerfile, argument) = match &self.image {
            Some(image) => ("base/registry.Dockerfile", Some(("IMAGE_BASE", image.clone()))),
            None => {
                self.root_file_system(folder, context).await?;
                ("base/debootstrap.Dockerfile", None)
            }
        };
        let recipe = Recipe {
            dockerfile: places.file(dockerfile),
            folder,
            argument,
            epoch: self.lock.epoch,
        };
        // Packed lightly: it is unpacked again for the image itself.
        Buildah::new(places, context)?.build(&recipe, 1, layout).await
    }

    /// Makes `rootfs.tar` from the folder `debs`, which becomes a package repository of its own.
    async fn root_file_system(&self, folder: &Path, context: &Context) -> Result<()> {
        let mut packages = String::new();
        for deb in &self.lock.debs {
            let file = folder.join("debs").join(deb.file_name());
            let control = Cmd::new(program(context, "dpkg-deb")?, &context.env)
                .arg("--field")
                .arg(&file)
                .output()
                .await?;
            let size = fs::metadata(&file)
                .map_err(|error| cannot("read", &file, error))?
                .len();
            packages.push_str(String::from_utf8_lossy(&control).trim_end());
            let _ = write!(
                packages,
                "\nFilename: ./{}\nSize: {size}\nSHA256: {}\n\n",
                deb.file_name(),
                deb.sha256
            );
        }
        // The suite's name is what makes the essential packages known as such.
        let release = format!(
            "Suite: bookworm\nCodename: bookworm\nDate: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {} {} Packages\n",
            sha256(packages.as_bytes()),
            packages.len()
        );
        write(&folder.join("debs/Packages"), packages)?;
        write(&folder.join("debs/Release"), release)?;
        let names: Vec<&str> = self.lock.debs.iter().map(|deb| deb.name.as_str()).collect();
        let mode = if process::is_root() { "root" } else { "unshare" };
        Cmd::new(program(context, "mmdebstrap")?, &context.env)
            .arg(format!("--mode={mode}"))
            // A container engine makes its own /dev, and only root could make this one.
            .args(["--variant=essential", "--format=tar", "--quiet", "--skip=output/dev"])
            .arg("--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr")
            .arg(format!("--include={}", names.join(",")))
            .arg("--aptopt=Acquire::Languages \"none\"")
            .arg(format!("--dpkgopt={}", folder.join("dpkg.cfg").display()))
            // A root that is thrown away when the machine stops needs no syncing to disk.
            .arg("--dpkgopt=force-unsafe-io")
            // It takes these from the building machine. While the Dockerfile runs they are mounted over, and cannot be removed.
            .arg(r#"--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf""#)
            .args(["bookworm", "rootfs.tar"])
            .arg(format!(
                "deb [trusted=yes] copy://{} ./",
                folder.join("debs").display()
            ))
            .env("SOURCE_DATE_EPOCH", self.lock.epoch.to_string())
            .env("TMPDIR", folder)
            .env("LC_ALL", "C.UTF-8")
            .directory(folder)
            .limit(Duration::from_secs(1800))
            .output()
            .await?;
        // Its packages are in the archive now, and the Dockerfile's folder is copied whole.
        fs::remove_dir_all(folder.join("debs")).map_err(|error| cannot("remove", &folder.join("debs"), error))
    }
}

fn program(context: &Context, name: &str) -> Result<std::path::PathBuf> {
    process::find(&context.env, name).ok_or_else(|| missing(name))
}

/// An image reference that says exactly which image it is.
fn pinned(image: &str) -> Result<String> {
    let digest = image.split_once("@sha256:").map(|(_, digest)| digest);
    if digest.is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Ok(image.to_owned());
    }
    Err(Failure::config(format!(
        "IMAGE_BASE in VERSIONS is {image}, which names no digest"
    ))
    .hint("docs/image.md, \"A base from a registry\", says how to read the digest and where it goes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_taken_by_digest_only() {
        let good = format!("registry.example/debian@sha256:{}", "a".repeat(64));
        assert_eq!(pinned(&good).expect("pinned"), good);
        for wrong in ["debian", "debian:bookworm-slim", "debian@sha256:PIN_DIGEST"] {
            assert!(pinned(wrong).is_err(), "{wrong}");
        }
    }
}
