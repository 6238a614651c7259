//! An image on disk: the OCI image layout, read, and given one more layer.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kit::outcome::{Failure, Result};

use super::places::{cannot, hexadecimal, link, make_folder, sha256, write};
use sha2::{Digest as _, Sha256};

/// A folder with one image in it.
#[derive(Debug, Clone)]
pub struct Layout(PathBuf);

/// What names a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    media_type: String,
    /// `sha256:` and the hash.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The image's table of contents.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    schema_version: u32,
    media_type: Option<String>,
    /// The image's settings.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl Layout {
    /// An image that is there.
    ///
    /// # Errors
    /// Configuration, when there is none.
    pub fn open(folder: &Path) -> Result<Self> {
        if folder.join("index.json").is_file() {
            return Ok(Self(folder.to_owned()));
        }
        Err(
            Failure::config(format!("there is no image in {}", folder.display()))
                .hint("build one with `make image`"),
        )
    }

    /// The file of a blob.
    ///
    /// # Errors
    /// Environment, when the digest is of another kind.
    pub fn blob(&self, digest: &str) -> Result<PathBuf> {
        match digest.strip_prefix("sha256:") {
            Some(hash) if hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(self.0.join("blobs/sha256").join(hash))
            }
            _ => Err(Failure::environment(format!("the image names a blob {digest}"))),
        }
    }

    fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
        let text = fs::read(path).map_err(|error| cannot("read", path, error))?;
        serde_json::from_slice(&text).map_err(|error| {
            Failure::environment(format!("{} is not what an image holds", path.display())).because(error)
        })
    }

    /// The digest of the manifest, by which registries and `VERSIONS` name the image.
    ///
    /// # Errors
    /// Environment, when the layout is broken.
    pub fn digest(&self) -> Result<String> {
        let index: Index = Self::json(&self.0.join("index.json"))?;
        match &index.manifests[..] {
            [one] => Ok(one.digest.clone()),
            more => Err(Failure::environment(format!(
                "{} holds {} images",
                self.0.display(),
                more.len()
            ))),
        }
    }

    /// The manifest.
    ///
    /// # Errors
    /// Environment, when the layout is broken.
    pub fn manifest(&self) -> Result<Manifest> {
        Self::json(&self.blob(&self.digest()?)?)
    }

    /// The settings.
    ///
    /// # Errors
    /// Environment, when the layout is broken.
    pub fn config(&self) -> Result<Value> {
        Self::json(&self.blob(&self.manifest()?.config.digest)?)
    }

    /// The hashes of the unpacked layers, by which Docker knows them.
    ///
    /// # Errors
    /// Environment, when the layout is broken.
    pub fn diff_ids(&self) -> Result<Value> {
        Ok(self.config()?["rootfs"]["diff_ids"].clone())
    }

    /// Writes an image of this one's layers and one more, into an empty folder.
    ///
    /// # Errors
    /// Environment.
    pub fn with_layer(&self, layer: &Layer<'_>, folder: &Path) -> Result<Self> {
        make_folder(&folder.join("blobs/sha256"))?;
        let new = Self(folder.to_owned());
        let mut manifest = self.manifest()?;
        for blob in &manifest.layers {
            link(&self.blob(&blob.digest)?, &new.blob(&blob.digest)?)?;
        }
        let mut config = self.config()?;
        let (blob, diff_id) = new.write_layer(layer)?;
        manifest.layers.push(blob);
        if let Some(ids) = config["rootfs"]["diff_ids"].as_array_mut() {
            ids.push(json!(diff_id));
        }
        // The builder's own account of its steps names folders of this machine.
        let created = rfc3339(layer.epoch);
        let history: Vec<Value> = manifest
            .layers
            .iter()
            .map(|_| json!({"created": created, "created_by": "foundation image build"}))
            .collect();
        config["history"] = json!(history);
        config["created"] = json!(created);
        config["config"]["Labels"] = json!(layer.labels);
        manifest.config = new.write_json(&config, CONFIG)?;
        manifest.media_type = Some(MANIFEST.to_owned());
        let mut entry = json!(new.write_json(&manifest, MANIFEST)?);
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": "foundation-ci"});
        write(
            &folder.join("index.json"),
            json!({"schemaVersion": 2, "manifests": [entry]}).to_string(),
        )?;
        write(
            &folder.join("oci-layout"),
            json!({"imageLayoutVersion": "1.0.0"}).to_string(),
        )?;
        Ok(new)
    }

    fn write_json(&self, document: &impl Serialize, media_type: &str) -> Result<Descriptor> {
        let bytes = serde_json::to_vec(document)
            .map_err(|error| Failure::environment("cannot write the image").because(error))?;
        let digest = format!("sha256:{}", sha256(&bytes));
        write(&self.blob(&digest)?, &bytes)?;
        Ok(Descriptor {
            media_type: media_type.to_owned(),
            digest,
            size: bytes.len() as u64,
        })
    }

    fn write_layer(&self, layer: &Layer<'_>) -> Result<(Descriptor, String)> {
        let draft = self.0.join("layer");
        let failed = |error| cannot("write", &draft, error);
        let file = BufWriter::new(File::create(&draft).map_err(failed)?);
        let packed = flate2::GzBuilder::new().write(Hashed::new(file), flate2::Compression::best());
        let mut archive = tar::Builder::new(Hashed::new(packed));
        for (name, path) in layer.programs {
            let mut header = tar::Header::new_gnu();
            let content = File::open(path).map_err(|error| cannot("read", path, error))?;
            let size = content
                .metadata()
                .map_err(|error| cannot("read", path, error))?
                .len();
            header.set_size(size);
            header.set_mode(0o755);
            header.set_mtime(layer.epoch);
            header.set_uid(0);
            header.set_gid(0);
            archive
                .append_data(&mut header, format!("{PROGRAMS}/{name}"), content)
                .map_err(failed)?;
        }
        let (packed, diff_id, _) = archive.into_inner().map_err(failed)?.finish();
        let (mut file, digest, size) = packed.finish().map_err(failed)?.finish();
        file.flush().map_err(failed)?;
        let blob = self.blob(&digest)?;
        fs::rename(&draft, &blob).map_err(|error| cannot("write", &blob, error))?;
        let descriptor = Descriptor {
            media_type: LAYER.to_owned(),
            digest,
            size,
        };
        Ok((descriptor, diff_id))
    }
}

/// The folder of our programs in the image.
pub const PROGRAMS: &str = "usr/local/bin";

/// The last layer: our own programs.
#[derive(Debug)]
pub struct Layer<'a> {
    /// Their names, and the files to take.
    pub programs: &'a [(String, PathBuf)],
    /// What the image says about itself.
    pub labels: Value,
    /// The time of all files.
    pub epoch: u64,
}

/// A writer that hashes what passes through it.
struct Hashed<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W> Hashed<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            size: 0,
        }
    }

    fn finish(self) -> (W, String, u64) {
        let digest = format!("sha256:{}", hexadecimal(&self.hash.finalize()));
        (self.inner, digest, self.size)
    }
}

impl<W: std::io::Write> std::io::Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// A time as images write it. (The civil date from days, after Howard Hinnant.)
fn rfc3339(epoch: u64) -> String {
    let (days, seconds) = (epoch / 86400 + 719_468, epoch % 86400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_images_write_them() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(1_767_225_599), "2025-12-31T23:59:59Z");
    }
}
