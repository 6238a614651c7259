//! buildah, with a storage of its own that goes away with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};

use super::places::{Places, cannot, write};

/// Nothing but the Dockerfile's own result is kept, so nothing that is left over from another build can get into an image.
#[derive(Debug)]
pub struct Buildah<'a> {
    context: &'a Context,
    program: PathBuf,
    storage: tempfile::TempDir,
}

/// What a build is made of.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// The Dockerfile.
    pub dockerfile: PathBuf,
    /// The folder that its COPY lines read.
    pub folder: &'a Path,
    /// Its ARG, by name and value.
    pub argument: Option<(&'static str, String)>,
    /// The time of all files of the image.
    pub epoch: u64,
}

impl<'a> Buildah<'a> {
    /// Finds the program and makes the storage.
    ///
    /// # Errors
    /// Environment, when buildah is missing.
    pub fn new(places: &Places, context: &'a Context) -> Result<Self> {
        let program = process::find(&context.env, "buildah").ok_or_else(|| missing("buildah"))?;
        let storage = places.scratch()?;
        // Which images may be pulled is decided by the digest in VERSIONS, not by this machine.
        write(
            &storage.path().join("policy.json"),
            r#"{"default":[{"type":"insecureAcceptAnything"}]}"#,
        )?;
        Ok(Self {
            context,
            program,
            storage,
        })
    }

    fn command(&self, subcommand: &str) -> Cmd {
        let at = self.storage.path();
        let flag = |name: &str, folder: &str| -> OsString {
            let mut flag = OsString::from(name);
            flag.push(at.join(folder));
            flag
        };
        Cmd::new(&self.program, &self.context.env)
            .arg(flag("--root=", "root"))
            .arg(flag("--runroot=", "run"))
            .arg(subcommand)
            .arg(flag("--signature-policy=", "policy.json"))
            .env("TMPDIR", at)
            .directory(at)
            .limit(Duration::from_secs(1800))
    }

    /// Makes an OCI layout known as a base, and returns the reference for `FROM`. By a link, since buildah makes the path into a name,
    /// and not every path is one (`/home/Ada`).
    ///
    /// # Errors
    /// Environment.
    pub fn base(&self, layout: &Path) -> Result<String> {
        let link = self.storage.path().join("base");
        std::os::unix::fs::symlink(layout, &link).map_err(|error| cannot("make", &link, error))?;
        Ok("oci:base:result".to_owned())
    }

    /// Builds an image of one new layer, and writes it as an OCI layout.
    ///
    /// # Errors
    /// Environment, with buildah's last words.
    pub async fn build(&self, recipe: &Recipe<'_>, compression: u8, layout: &Path) -> Result<()> {
        let mut build = self
            .command("build")
            .args(["--quiet", "--isolation=chroot", "--layers=false", "--format=oci"])
            .arg(format!("--timestamp={}", recipe.epoch))
            .arg("--tag=result")
            .arg("--file")
            .arg(&recipe.dockerfile);
        if let Some((name, value)) = &recipe.argument {
            build = build.arg(format!("--build-arg={name}={value}"));
        }
        build.arg(recipe.folder).output().await?;
        let mut target = OsString::from("oci:");
        target.push(layout);
        target.push(":result");
        self.command("push")
            .arg("--quiet")
            .arg(format!("--compression-level={compression}"))
            .arg("result")
            .arg(target)
            .output()
            .await?;
        Ok(())
    }
}

/// The failure that names a program which the image's recipe needs.
pub fn missing(program: &str) -> Failure {
    Failure::environment(format!("the program {program} is not on PATH"))
        .hint(format!("install it: apt-get install {program}"))
}
