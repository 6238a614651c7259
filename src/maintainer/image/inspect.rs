//! `foundation image inspect`: what is in the image, and what each part of it weighs.

use std::path::PathBuf;

use serde::Serialize;

use crate::kit::context::Context;
use crate::kit::outcome::{Outcome, Result};
use crate::kit::report::{Format, Report};

use super::build::megabytes;
use super::contents::{Kind, Part, Weight};
use super::oci::Layout;
use super::places::Places;

/// What the labels begin with that name the versions of our programs.
pub const LABEL: &str = "net.olsitec.foundation.program.";

/// Say what is in the image, and what each part weighs
///
/// A part's compressed size is its share of the layer it lies in, so the parts add up to the image.
#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// The image, as an OCI layout [default: the one built last]
    #[arg(long, value_name = "FOLDER")]
    image: Option<PathBuf>,

    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The JSON document, version 1.
#[derive(Debug, Serialize)]
struct Document {
    schema: u32,
    digest: String,
    /// The default user; empty means root.
    user: String,
    #[serde(flatten)]
    weight: Weight,
    layers: Vec<Weight>,
    /// The lines of `/etc/foundation-release`.
    release: Vec<String>,
    parts: Vec<Part>,
}

/// Runs it.
///
/// # Errors
/// Configuration, when there is no image; environment, when it cannot be read.
pub fn run(inspect: &Inspect, context: &Context, report: &Report) -> Result<Outcome> {
    report.set_format(inspect.format);
    let folder = match &inspect.image {
        Some(image) => context.directory.join(image),
        None => Places::find(context)?.last_image(),
    };
    let image = Layout::open(&folder)?;
    let contents = super::contents::read(&image)?;
    let document = Document {
        schema: 1,
        digest: image.digest()?,
        user: image.config()?["config"]["User"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        weight: contents.layers.iter().copied().sum(),
        layers: contents.layers,
        release: contents.release,
        parts: contents.parts,
    };
    match inspect.format {
        Format::Json => report.document(&document)?,
        Format::Text => print(&document, report),
    }
    Ok(Outcome::Good)
}

fn print(document: &Document, report: &Report) {
    let line = |name: &str, version: &str, weight: Weight| {
        report.say(format_args!(
            "{:>9.2} {:>9.2}  {name} {version}",
            megabytes(weight.uncompressed),
            megabytes(weight.compressed)
        ));
    };
    report.say(format_args!("foundation-ci@{}", document.digest));
    for release in &document.release {
        report.say(format_args!("  {release}"));
    }
    for (kind, title) in [
        (Kind::Program, "Our programs"),
        (Kind::Npm, "npm packages"),
        (Kind::Python, "Python packages"),
        (Kind::Deb, "Debian packages"),
        (Kind::Other, "Everything else"),
    ] {
        let parts: Vec<&Part> = document.parts.iter().filter(|part| part.kind == kind).collect();
        report.say(format_args!("\n{title} ({})", parts.len()));
        report.say("       MB  MB packed");
        for part in &parts {
            line(&part.name, &part.version, part.weight);
        }
        line("together", "", parts.iter().map(|part| part.weight).sum());
    }
    report.say("");
    line("the whole image", "", document.weight);
}
