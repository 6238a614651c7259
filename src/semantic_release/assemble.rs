//! From decisions to a job: versions set, notes written, packages and assets found. Still nothing is changed.

use semver::Version;
use std::collections::BTreeMap;

use crate::kit::context::Context;
use crate::kit::forge::Forge;
use crate::kit::npm::Registry;
use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::apply::signing::Key;
use crate::semantic_release::apply::{self, Edit, ForgeRelease, Identity, Job, Step};
use crate::semantic_release::commit::Commit;
use crate::semantic_release::config::Config;
use crate::semantic_release::inputs::{Choice, Inputs};
use crate::semantic_release::message;
use crate::semantic_release::packages::ripple::Versions;
use crate::semantic_release::packages::{self, Files, ManifestKind, Package, Ripple, Workspace};
use crate::semantic_release::place::Place;

/// What one package's release is made of.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The package.
    pub package: &'a Package,
    /// The version.
    pub version: Version,
    /// The tag.
    pub tag: String,
    /// The version before it, and its tag.
    pub before: Option<(String, String)>,
    /// The channel it comes to; none is the default one.
    pub channel: Option<String>,
    /// All channels of the tag from then on.
    pub channels: Vec<Option<String>>,
    /// Whether it is made, or put on another channel.
    pub step: Step,
    /// Its notes.
    pub notes: String,
    /// Its commits, newest first.
    pub commits: Vec<Commit>,
}

/// Everything a job is made from.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Where the run is.
    pub place: &'a Place,
    /// The environment.
    pub context: &'a Context,
    /// The inputs.
    pub inputs: &'a Inputs,
    /// The configuration.
    pub config: &'a Config,
    /// The packages, at the commit that is released.
    pub workspace: &'a Workspace,
    /// The files at that commit.
    pub files: &'a Files<'a>,
    /// The files that are attached.
    pub assets: Vec<apply::Asset>,
}

impl Desk<'_> {
    /// The job of these drafts: a release, or none where there are no drafts.
    ///
    /// # Errors
    /// Configuration, when versions cannot be set, or a package cannot be published as it was asked; environment, when files
    /// cannot be read.
    pub fn job(
        &self,
        head: &str,
        drafts: &[Draft<'_>],
        ripple: &Ripple,
        comments: Vec<apply::Comment>,
    ) -> Result<Job> {
        let forge = self.forge()?;
        let fresh = |draft: &&Draft<'_>| draft.step == Step::Release;
        let next: Versions = drafts
            .iter()
            .filter(fresh)
            .map(|draft| (draft.package.name.clone(), draft.version.clone()))
            .collect();
        let commits = self
            .inputs
            .commit
            .unwrap_or(self.config.commit.is_some() || self.inputs.changelog.is_some());
        let edited = packages::edits(self.files, self.workspace, &next, &ripple.ranges)?;
        let mut edits: BTreeMap<String, Vec<u8>> = edited
            .edits
            .iter()
            .map(|edit| (edit.path.clone(), edit.after.clone()))
            .collect();
        for draft in drafts.iter().filter(fresh) {
            self.changelog(draft, &mut edits)?;
        }
        let mut parts = Vec::new();
        for draft in drafts {
            parts.push(apply::Package {
                name: draft.package.name.clone(),
                path: draft.package.path.clone(),
                version: draft.version.clone(),
                tag: draft.tag.clone(),
                channels: draft.channels.clone(),
                step: draft.step.clone(),
                release: self.release(draft, drafts.len() == 1),
                publish: self.publish(draft, &ripple.versions, &edited)?,
            });
        }
        let releases: Vec<&Draft<'_>> = drafts.iter().filter(fresh).collect();
        let commit = (commits && !releases.is_empty() && !edits.is_empty())
            .then(|| message::of_release_commit(self.config, &self.place.branch, &releases))
            .transpose()?;
        Ok(Job {
            repository: self.place.repo.root().to_owned(),
            remote: self.place.remote()?.clone(),
            branch: self.place.branch.clone(),
            head: head.to_owned(),
            packages: parts,
            edits: edits
                .into_iter()
                .map(|(path, content)| Edit { path, content })
                .collect(),
            commit,
            author: self.author(),
            key: self.inputs.signing_key.clone().map(Key),
            forge,
            comments,
            limit: self.inputs.timeout,
        })
    }

    /// The forge, where releases are made on one.
    ///
    /// # Errors
    /// Configuration, when the CA file cannot be used.
    pub fn forge(&self) -> Result<Option<Forge>> {
        if !self.inputs.forge || self.place.is_local() {
            return Ok(None);
        }
        Forge::of(self.context)
    }

    fn release(&self, draft: &Draft<'_>, alone: bool) -> Option<ForgeRelease> {
        self.config.release.as_ref()?;
        Some(ForgeRelease {
            title: if self.workspace.monorepo {
                format!("{} {}", draft.package.name, draft.version)
            } else {
                draft.tag.clone()
            },
            notes: draft.notes.clone(),
            prerelease: !draft.version.pre.is_empty(),
            // Of several packages nobody could say whose file it is, so each release has all of them only where it is alone.
            assets: if alone { self.assets.clone() } else { Vec::new() },
        })
    }

    fn changelog(&self, draft: &Draft<'_>, edits: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
        let (file, title) = match (&self.inputs.changelog, &self.config.changelog) {
            (Some(file), configured) => (file, configured.as_ref().and_then(|log| log.title.as_deref())),
            (None, Some(configured)) => (&configured.file, configured.title.as_deref()),
            (None, None) => return Ok(()),
        };
        let path = match draft.package.path.as_str() {
            "." => file.clone(),
            folder => format!("{folder}/{file}"),
        };
        let existing = match edits.get(&path) {
            Some(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            None => self.files.text(&path)?,
        };
        let text = crate::semantic_release::notes::changelog(existing.as_deref(), title, &draft.notes);
        edits.insert(path, text.into_bytes());
        Ok(())
    }

    /// Where the package is published; none where it is not.
    fn publish(
        &self,
        draft: &Draft<'_>,
        versions: &Versions,
        edited: &packages::Edits,
    ) -> Result<Option<apply::Publish>> {
        let configured = self.config.npm.as_ref();
        let Some(manifest) = draft.package.manifest(ManifestKind::Npm) else {
            return Ok(None);
        };
        let off =
            configured.is_none_or(|npm| npm.publish == Some(false)) && self.inputs.publish != Choice::Yes;
        let wanted = match self.inputs.publish {
            Choice::No => false,
            Choice::Yes => true,
            Choice::Auto => {
                !off && (self.inputs.registry_token.is_some()
                    || configured.is_some_and(|npm| npm.publish == Some(true)))
            }
        };
        if !wanted || manifest.private {
            return Ok(None);
        }
        if configured.is_some_and(|npm| npm.root.is_some()) {
            return Err(Failure::config(format!(
                "{} sets pkgRoot, which is not supported: what is published is the package's own folder",
                self.config.file.as_deref().unwrap_or("the configuration")
            ))
            .hint("leave pkgRoot out, and list what is published in `files` of package.json"));
        }
        let name = manifest
            .name
            .clone()
            .unwrap_or_else(|| draft.package.name.clone());
        let address = self.registry(manifest.publish.registry.as_deref(), &name)?;
        let registry = Registry::new(
            &address,
            self.inputs.registry_token.clone(),
            self.context.ca_file.as_deref(),
        )?;
        let content = packages::published(self.files, self.workspace, draft.package, versions, edited)?;
        Ok(Some(apply::Publish {
            registry,
            name,
            dist_tag: dist_tag(draft.channel.as_deref()),
            edits: content
                .into_iter()
                .map(|content| Edit {
                    path: "package.json".to_owned(),
                    content,
                })
                .collect(),
        }))
    }

    /// The registry that was named, the package's own, or the forge's.
    fn registry(&self, of_package: Option<&str>, name: &str) -> Result<String> {
        if let Some(address) = self.inputs.registry.as_deref().or(of_package) {
            return Ok(address.to_owned());
        }
        match (&self.context.server, &self.context.repository) {
            (Some(server), Some(repository)) => {
                Ok(format!("{server}/api/packages/{}/npm/", repository.owner))
            }
            (_, _) => Err(
                Failure::config(format!("nobody says where {name} is published to")).hint(
                    "name the registry: --registry https://…, or publishConfig.registry in its package.json",
                ),
            ),
        }
    }

    /// Who makes commits and tags: whom git's own variables name, as with Node, else the platform's robot.
    fn author(&self) -> Identity {
        let text = |name: &str| self.context.env.text(name).map(str::to_owned);
        let host = self
            .context
            .server
            .as_deref()
            .and_then(|server| url::Url::parse(server).ok());
        let host = host
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or("localhost");
        Identity {
            name: text("GIT_AUTHOR_NAME").unwrap_or_else(|| "foundation".to_owned()),
            email: text("GIT_AUTHOR_EMAIL").unwrap_or_else(|| format!("foundation@noreply.{host}")),
        }
    }
}

/// npm's name for a channel. A dist-tag must not look like a range of versions, so those get a word in front, as with Node.
fn dist_tag(channel: Option<&str>) -> String {
    match channel {
        None => "latest".to_owned(),
        Some(channel) if packages::node_range::NodeRange::parse(channel).is_some() => {
            format!("release-{channel}")
        }
        Some(channel) => channel.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_become_dist_tags() {
        for (channel, tag) in [
            (None, "latest"),
            (Some("next"), "next"),
            (Some("1.x"), "release-1.x"),
            (Some("1.0.0"), "release-1.0.0"),
            (Some("beta"), "beta"),
        ] {
            assert_eq!(dist_tag(channel), tag);
        }
    }
}
