//! npm registries: what is there, whether it equals what we have, publishing.
//!
//! The `npm` program packs and publishes; whether it worked, and why not, is found by asking the registry ourselves. No code of
//! a package runs, and no configuration of its folder is read: npm works in a private folder and is told where the package is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Kind, Result};
use crate::kit::process::{self, Cmd, Done};
use crate::kit::secret::Secret;
use crate::kit::{http, text};

mod packed;

use packed::content;
pub use packed::{Packed, pack};

/// The variable that npm's configuration takes the token from: it stands in no file.
const TOKEN: &str = "FOUNDATION_NPM_TOKEN";
/// A published package larger than this (in bytes) is not compared.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// A registry, with the right to use it.
#[derive(Debug, Clone)]
pub struct Registry {
    http: reqwest::Client,
    address: String,
    token: Option<Secret>,
    ca_file: Option<PathBuf>,
}

/// A version that is in a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// Where its file is.
    #[serde(default)]
    pub tarball: String,
    /// `sha512-…` of the file.
    pub integrity: Option<String>,
}

/// What a registry knows about a package.
#[derive(Debug, Default, Deserialize)]
struct Known {
    #[serde(default)]
    versions: BTreeMap<String, Version>,
    #[serde(default, rename = "dist-tags")]
    dist_tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(default)]
    dist: Published,
}

#[derive(Deserialize)]
struct NpmFailed {
    error: NpmError,
}

#[derive(Deserialize)]
struct NpmError {
    code: Option<String>,
    summary: Option<String>,
}

impl Registry {
    /// A registry at an address. The token goes to it alone.
    ///
    /// # Errors
    /// Configuration, when the address is none, or the CA file cannot be used.
    pub fn new(address: &str, token: Option<Secret>, ca_file: Option<&Path>) -> Result<Self> {
        let wrong = || {
            Failure::config(format!(
                "'{}' is no address of an npm registry",
                text::without_userinfo(address)
            ))
            .hint("such as https://forge.example/api/packages/OWNER/npm/, without a user or password")
        };
        let url = Url::parse(address).map_err(|_| wrong())?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain || url.query().is_some() || !url.has_host() {
            return Err(wrong());
        }
        let token = match token {
            Some(token) if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) => {
                return Err(Failure::config(
                    "the registry's token holds blanks or control characters",
                ));
            }
            token => token,
        };
        Ok(Self {
            http: http::client(ca_file)?,
            address: format!("{}/", url.as_str().trim_end_matches('/')),
            token,
            ca_file: ca_file.map(Path::to_owned),
        })
    }

    /// Its address, with a slash at the end.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether there is a token for it.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// What the registry has of a version.
    ///
    /// # Errors
    /// Configuration, when it does not let us in; environment, when it cannot be asked.
    pub async fn published(&self, name: &str, version: &str) -> Result<Option<Published>> {
        let mut known = self.known(name).await?;
        Ok(known.versions.remove(version).map(|version| version.dist))
    }

    /// The version that a dist-tag of a package names.
    ///
    /// # Errors
    /// Those of [`Registry::published`].
    pub async fn dist_tag(&self, name: &str, tag: &str) -> Result<Option<String>> {
        Ok(self.known(name).await?.dist_tags.remove(tag))
    }

    async fn known(&self, name: &str) -> Result<Known> {
        let url = format!("{}{}", self.address, escaped(name));
        let answer = self.ask(&Method::GET, &url, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(Known::default());
        }
        self.good(&answer, name)?;
        let text = answer.text().await.map_err(|error| self.no_answer(&error))?;
        serde_json::from_str(&text).map_err(|error| {
            Failure::environment(format!(
                "the registry {} does not say about {name} what it should",
                self.address
            ))
            .because(error)
            .hint("is this the address of an npm registry?")
        })
    }

    /// Makes a dist-tag name a version that is there.
    ///
    /// # Errors
    /// Those of [`Registry::published`].
    pub async fn set_dist_tag(&self, name: &str, tag: &str, version: &str) -> Result<()> {
        let url = format!(
            "{}-/package/{}/dist-tags/{}",
            self.address,
            escaped(name),
            text::url_segment(tag)
        );
        let body = serde_json::Value::from(version).to_string();
        let answer = self.ask(&Method::PUT, &url, Some(body)).await?;
        self.good(&answer, name)
    }

    /// Whether what the registry has equals what is packed here: the same file, or one that holds the same files.
    ///
    /// # Errors
    /// Environment, when the registry's file cannot be read.
    pub async fn holds(&self, published: &Published, packed: &Packed, scratch: &Path) -> Result<bool> {
        if published.integrity.as_deref() == Some(&packed.integrity) {
            return Ok(true);
        }
        let theirs = tempfile::Builder::new()
            .suffix(".tgz")
            .tempfile_in(scratch)
            .map_err(|error| Failure::environment("cannot make a private file").because(error))?;
        self.download(&published.tarball, &packed.name, theirs.path())
            .await?;
        Ok(content(theirs.path())? == content(&packed.file)?)
    }

    async fn download(&self, url: &str, name: &str, into: &Path) -> Result<()> {
        use tokio::io::AsyncWriteExt as _;
        let cannot = |error: std::io::Error| {
            Failure::environment(format!("cannot write {}", into.display())).because(error)
        };
        let mut answer = self.ask(&Method::GET, url, None).await?;
        self.good(&answer, name)?;
        let mut file = tokio::fs::File::create(into).await.map_err(cannot)?;
        let mut size = 0;
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.no_answer(&error))? {
            size += chunk.len() as u64;
            if size > LARGEST {
                return Err(Failure::environment(format!(
                    "{name} in {} is too large to be compared",
                    self.address
                )));
            }
            file.write_all(&chunk).await.map_err(cannot)?;
        }
        file.flush().await.map_err(cannot)
    }

    /// Sends a request, again when the registry is busy or away.
    async fn ask(&self, method: &Method, url: &str, body: Option<String>) -> Result<Response> {
        let mut tries = http::Tries::default();
        loop {
            let mut request = self.http.request(method.clone(), url);
            // A registry may name files on other hosts.
            if let Some(token) = self.token.as_ref().filter(|_| url.starts_with(&self.address)) {
                request = request.bearer_auth(token.expose());
            }
            if let Some(body) = &body {
                request = request
                    .header("Content-Type", "application/json")
                    .body(body.clone());
            }
            let (failure, retry_after) = match request.send().await {
                Ok(answer) if !http::is_passing(answer.status()) => return Ok(answer),
                Ok(answer) => (
                    Failure::environment(format!(
                        "the registry {} answers {}",
                        self.address,
                        answer.status()
                    ))
                    .hint("a retry may help"),
                    http::retry_after(&answer),
                ),
                Err(error) => (self.no_answer(&error), None),
            };
            if !tries.again(retry_after).await {
                return Err(failure);
            }
        }
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        Failure::environment(format!(
            "the registry {} {}",
            self.address,
            http::no_answer(error)
        ))
        .hint("a retry may help")
    }

    fn good(&self, answer: &Response, name: &str) -> Result<()> {
        let status = answer.status();
        match status {
            _ if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.no_right(name, status.as_str())),
            _ => Err(Failure::environment(format!(
                "the registry {} answers {status} about {name}",
                self.address
            ))),
        }
    }

    fn no_right(&self, name: &str, code: &str) -> Failure {
        let who = if self.has_token() {
            "the token has no right to"
        } else {
            "no token was given for"
        };
        Failure::config(format!("the registry {} refuses {name} ({code}): {who} it", self.address))
            .hint("the automatic token of a run may publish to no registry; hand over a personal one with the right to write packages as FOUNDATION_REGISTRY_TOKEN")
    }

    /// Publishes a packed package. That another run was faster with an equal one is fine.
    ///
    /// # Errors
    /// Configuration, when the registry does not let us or has that version with other content; environment, when npm or the
    /// registry failed.
    pub async fn publish(&self, env: &Env, packed: &Packed, dist_tag: &str, scratch: &Path) -> Result<()> {
        let mut tries = http::Tries::default();
        loop {
            let done = self.run_publish(env, packed, dist_tag, scratch).await?;
            if done.end.good() {
                return Ok(());
            }
            if let Some(published) = self.published(&packed.name, &packed.version).await? {
                return if self.holds(&published, packed, scratch).await? {
                    Ok(())
                } else {
                    Err(self.differs(packed))
                };
            }
            let failure = self.why(packed, &done);
            if failure.kind() != Kind::Environment || !tries.again(None).await {
                return Err(failure);
            }
        }
    }

    /// Why npm did not publish, by the code it gives.
    fn why(&self, packed: &Packed, done: &Done) -> Failure {
        let error = serde_json::from_slice::<NpmFailed>(&done.stdout)
            .ok()
            .map(|failed| failed.error);
        let code = error
            .as_ref()
            .and_then(|error| error.code.as_deref())
            .unwrap_or_default();
        if matches!(code, "E401" | "E403" | "ENEEDAUTH") {
            return self.no_right(&packed.name, code);
        }
        let words = error
            .as_ref()
            .and_then(|error| error.summary.clone())
            .filter(|words| !words.is_empty())
            .unwrap_or_else(|| done.last_words());
        Failure::environment(format!(
            "npm publish of {} {}: {code} {words}",
            packed.name, done.end
        ))
        .hint("a retry may help")
    }

    /// That the registry has this version with other content.
    #[must_use]
    pub fn differs(&self, packed: &Packed) -> Failure {
        Failure::config(format!(
            "{} {} is already in the registry {}, with other content",
            packed.name, packed.version, self.address
        ))
        .hint("somebody else published it; a version is never replaced, so release another one (or remove that one by hand)")
    }

    async fn run_publish(&self, env: &Env, packed: &Packed, dist_tag: &str, scratch: &Path) -> Result<Done> {
        let Some(token) = &self.token else {
            return Err(self.no_right(&packed.name, "no token"));
        };
        let authority = self.address.split_once(':').map_or("", |(_, rest)| rest);
        let config = scratch.join("npmrc");
        write(&config, &format!("{authority}:_authToken=${{{TOKEN}}}\n"))?;
        let mut cmd = npm(env, scratch)?
            .arg("publish")
            .arg(&packed.file)
            .arg(format!("--registry={}", self.address))
            .arg(format!("--tag={dist_tag}"))
            .arg("--json")
            .env("npm_config_userconfig", &config)
            .secret_env(TOKEN, token);
        // Otherwise a scope's own registry, named in the manifest, would win.
        if let Some((scope, _)) = packed.name.split_once('/') {
            cmd = cmd.arg(format!("--{scope}:registry={}", self.address));
        }
        if let Some(ca_file) = &self.ca_file {
            cmd = cmd.env("NODE_EXTRA_CA_CERTS", ca_file);
        }
        cmd.capture().await
    }
}

/// `@scope%2fname`, as registries want it.
fn escaped(name: &str) -> String {
    text::url_segment(name).replacen("%40", "@", 1)
}

/// npm in a private folder, in which it finds nothing but what we put there.
fn npm(env: &Env, scratch: &Path) -> Result<Cmd> {
    write(&scratch.join("package.json"), "{}\n")?;
    Ok(Cmd::new(process::require(env, "npm")?, env)
        .directory(scratch)
        .env("npm_config_cache", scratch.join("npm-cache"))
        .env("npm_config_globalconfig", scratch.join("no-global-npmrc"))
        .env("npm_config_userconfig", scratch.join("no-user-npmrc"))
        .env("npm_config_logs_max", "0")
        // We try again ourselves, after looking.
        .env("npm_config_fetch_retries", "0")
        .env("npm_config_update_notifier", "false")
        .env("npm_config_audit", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_ignore_scripts", "true"))
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text)
        .map_err(|error| Failure::environment(format!("cannot write {}", file.display())).because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_names_escaped() {
        for wrong in ["", "x", "ftp://h/", "https://u:p@h/", "https://h/?x", "file:///x"] {
            assert!(Registry::new(wrong, None, None).is_err(), "{wrong}");
        }
        let registry = Registry::new("https://h/api/packages/o/npm", None, None).expect("an address");
        assert_eq!(registry.address(), "https://h/api/packages/o/npm/");
        assert_eq!(escaped("@o/a b"), "@o%2Fa%20b");
        assert_eq!(escaped("plain"), "plain");
    }
}
