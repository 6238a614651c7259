//! Signing commits and tags with a key given in a file.

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};
use crate::kit::secret::Secret;

/// A private key, as a file holds it: OpenSSH's form, or an armoured one of OpenPGP. It has no passphrase.
#[derive(Debug, Clone)]
pub struct Key(pub Secret);

/// A key that git can sign with, in a private folder.
#[derive(Debug)]
pub struct Signer {
    settings: Vec<String>,
    gnupg: Option<PathBuf>,
}

impl Signer {
    /// Prepares a key. The folder is private and goes away with the run.
    ///
    /// # Errors
    /// Configuration, when it is no key that can be used; environment, when the program that signs is missing.
    pub async fn of(key: &Key, env: &Env, folder: &Path) -> Result<Self> {
        let text = key.0.expose();
        if text.contains("BEGIN PGP PRIVATE KEY BLOCK") {
            Self::openpgp(key, env, folder).await
        } else if text.contains("PRIVATE KEY-----") {
            Self::ssh(key, env, folder)
        } else {
            Err(
                Failure::config("the signing key is no private key of ssh or OpenPGP")
                    .hint("hand over the file of the private key itself, without a passphrase"),
            )
        }
    }

    fn ssh(key: &Key, env: &Env, folder: &Path) -> Result<Self> {
        let program = process::require(env, "ssh-keygen")?;
        let file = folder.join("signing-key");
        private(&file, &format!("{}\n", key.0.expose().trim_end()))?;
        Ok(Self {
            settings: vec![
                "gpg.format=ssh".to_owned(),
                format!("gpg.ssh.program={}", program.display()),
                format!("user.signingKey={}", file.display()),
            ],
            gnupg: None,
        })
    }

    async fn openpgp(key: &Key, env: &Env, folder: &Path) -> Result<Self> {
        let program = process::require(env, "gpg")?;
        let home = folder.join("gnupg");
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&home)
            .map_err(|error| Failure::environment("cannot make a private folder").because(error))?;
        let gpg = |arguments: &[&str]| {
            Cmd::new(&program, env)
                .env("GNUPGHOME", &home)
                .args(["--batch", "--no-tty", "--quiet"])
                .args(arguments)
        };
        let cannot = |why: String| {
            Failure::config(format!("gpg does not take the signing key:\n  {why}"))
                .hint("it has to be an armoured private key without a passphrase")
        };
        let done = gpg(&["--import"]).stdin(key.0.expose()).capture().await?;
        if !done.end.good() {
            return Err(cannot(done.last_words()));
        }
        let list = gpg(&["--list-secret-keys", "--with-colons"]).output().await?;
        let list = String::from_utf8_lossy(&list);
        // `fpr:::::::::FINGERPRINT:` (gnupg's doc/DETAILS); the first is the primary key's.
        let fingerprint = list
            .lines()
            .find_map(|line| line.strip_prefix("fpr:"))
            .and_then(|rest| rest.split(':').nth(8))
            .ok_or_else(|| cannot("it holds no private key".to_owned()))?;
        Ok(Self {
            settings: vec![
                "gpg.format=openpgp".to_owned(),
                format!("gpg.program={}", program.display()),
                format!("user.signingKey={fingerprint}"),
            ],
            gnupg: Some(home),
        })
    }

    /// Git's settings for it.
    #[must_use]
    pub fn settings(&self) -> &[String] {
        &self.settings
    }

    /// Where gpg finds the key.
    #[must_use]
    pub fn gnupg(&self) -> Option<&Path> {
        self.gnupg.as_deref()
    }
}

fn private(file: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            Failure::environment("cannot write the signing key to a private file").because(error)
        })
}
