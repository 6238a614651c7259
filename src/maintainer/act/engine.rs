//! The container engine, as far as act's jobs need it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};

/// Every container of ours carries this label; its value is the folder of the run.
pub const LABEL: &str = "foundation.act";

/// Where the engine is. Its client and act have to agree.
const VARIABLES: &[&str] = &[
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
    "XDG_RUNTIME_DIR",
];

/// An engine that answers.
#[derive(Debug, Clone)]
pub struct Engine {
    client: PathBuf,
    env: Env,
}

impl Engine {
    /// The engine, if one answers.
    ///
    /// # Errors
    /// Environment, saying why none does.
    pub async fn answering(env: &Env) -> Result<Self> {
        let engine = Self {
            client: process::require(env, "docker")
                .map_err(|failure| failure.hint("run `make setup`, or use --host"))?,
            env: env.clone(),
        };
        let done = engine
            .cmd(["version", "--format", "{{.Server.Version}}"])
            .limit(Duration::from_secs(20))
            .capture()
            .await?;
        if done.end.good() {
            return Ok(engine);
        }
        Err(
            Failure::environment(format!("no container engine answers:\n  {}", done.last_words()))
                .hint("run `make setup`, or use --host to run without one"),
        )
    }

    /// A call of the client.
    pub fn cmd<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Cmd {
        self.place(Cmd::new(&self.client, &self.env)).args(arguments)
    }

    /// Tells a program where the engine is.
    #[must_use]
    pub fn place(&self, cmd: Cmd) -> Cmd {
        VARIABLES
            .iter()
            .filter_map(|name| Some((*name, self.env.os(name)?)))
            .fold(cmd, |cmd, (name, value)| cmd.env(name, value))
    }

    /// Makes sure that an image is here: nothing is pulled, since what we run is built from this clone.
    ///
    /// # Errors
    /// Environment, when it is not.
    pub async fn require_image(&self, image: &str) -> Result<()> {
        let done = self
            .cmd(["image", "inspect", "--format", "{{.Id}}", "--", image])
            .capture()
            .await?;
        if done.end.good() {
            return Ok(());
        }
        Err(Failure::environment(format!("the engine has no image {image}"))
            .hint("run `make image`, or use --host to run without it"))
    }

    /// Removes the containers of a run, and the volumes that only they use.
    ///
    /// # Errors
    /// Environment, when the engine refuses.
    pub async fn remove_containers_of(&self, folder: &Path) -> Result<()> {
        let filter = format!("label={LABEL}={}", folder.display());
        let listed = self
            .cmd(["ps", "--all", "--quiet", "--filter", &filter])
            .output()
            .await?;
        for container in String::from_utf8_lossy(&listed).lines() {
            let format = "{{range .Mounts}}{{.Name}}\n{{end}}";
            let mounts = self
                .cmd(["inspect", "--format", format, container])
                .output()
                .await?;
            self.cmd(["rm", "--force", "--volumes", container])
                .output()
                .await?;
            for volume in String::from_utf8_lossy(&mounts).lines() {
                // act names a job's volumes like its container; its tool cache is shared by all runs and stays.
                if volume.starts_with("act-") && volume != "act-toolcache" {
                    self.cmd(["volume", "rm", "--force", volume]).output().await?;
                }
            }
        }
        Ok(())
    }

    /// Empties a folder that holds files of other users, which a job's root made and only root may remove.
    ///
    /// # Errors
    /// Environment, when that fails.
    pub async fn empty_folder(&self, image: &str, folder: &Path) -> Result<()> {
        let mount = format!("type=bind,source={},target=/mnt", folder.display());
        self.cmd([
            "run",
            "--rm",
            "--network",
            "none",
            "--pull",
            "never",
            "--mount",
            &mount,
            image,
            "find",
            "/mnt",
            "-mindepth",
            "1",
            "-delete",
        ])
        .output()
        .await?;
        Ok(())
    }
}
