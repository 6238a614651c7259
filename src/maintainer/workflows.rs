//! `foundation workflows`: renders `reusable-workflows/<name>.yml.j2` into `.forgejo/workflows/<name>.yml`.
//!
//! Rendered files are committed, since the forge reads them from the repository. Their own header says where to change them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::Report;
use crate::kit::versions::Versions;
use crate::maintainer::checkout::Checkout;

/// Where the templates are.
pub const TEMPLATES: &str = "reusable-workflows";
/// Where the rendered workflows are.
pub const RENDERED: &str = ".forgejo/workflows";

/// Render the reusable workflows.
#[derive(Debug, clap::Args)]
pub struct Workflows {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write `.forgejo/workflows/` from `reusable-workflows/` and VERSIONS.
    Render,
    /// Say whether that would change anything; exit code 1 if so.
    Check,
}

/// One reusable workflow.
#[derive(Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its name, such as `lint`.
    pub name: String,
    /// The text of `.forgejo/workflows/<name>.yml`.
    pub text: String,
}

impl Rendered {
    /// The path of the rendered file within the repository.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{RENDERED}/{}.yml", self.name)
    }
}

/// Runs the subcommand.
///
/// # Errors
/// Configuration, when a template or VERSIONS is wrong.
pub fn run(workflows: &Workflows, context: &Context, report: &Report) -> Result<Outcome> {
    let checkout = Checkout::of(&context.directory)?;
    let rendered = all(&checkout)?;
    match workflows.what {
        What::Render => render(&checkout, &rendered, report),
        What::Check => check(&checkout, &rendered, report),
    }
}

fn render(checkout: &Checkout, rendered: &[Rendered], report: &Report) -> Result<Outcome> {
    for workflow in rendered {
        let file = checkout.path(&workflow.path());
        if std::fs::read_to_string(&file).is_ok_and(|now| now == workflow.text) {
            report.say(format_args!("{}: unchanged", workflow.path()));
            continue;
        }
        std::fs::create_dir_all(checkout.path(RENDERED))
            .and_then(|()| std::fs::write(&file, &workflow.text))
            .map_err(|error| {
                Failure::environment(format!("cannot write {}", file.display())).because(error)
            })?;
        report.say(format_args!("{}: written", workflow.path()));
    }
    Ok(Outcome::Good)
}

fn check(checkout: &Checkout, rendered: &[Rendered], report: &Report) -> Result<Outcome> {
    let mut stale = 0;
    for workflow in rendered {
        let now = std::fs::read_to_string(checkout.path(&workflow.path())).unwrap_or_default();
        if now != workflow.text {
            stale += 1;
            report.say(format_args!(
                "{}: is not what its template renders to",
                workflow.path()
            ));
            report.say(difference(&now, &workflow.text));
        }
    }
    if stale == 0 {
        report.say(format_args!(
            "{} rendered workflows are up to date",
            rendered.len()
        ));
        return Ok(Outcome::Good);
    }
    report.say(format_args!(
        "{stale} of {} rendered workflows are stale: run `make workflows` and commit the result",
        rendered.len()
    ));
    Ok(Outcome::Bad)
}

/// Renders every template with the pins of VERSIONS.
///
/// # Errors
/// Configuration, when a template is wrong, names a variable that VERSIONS does not have, or there is none.
pub fn all(checkout: &Checkout) -> Result<Vec<Rendered>> {
    let variables = variables(&checkout.versions()?)?;
    let folder = checkout.path(TEMPLATES);
    let unreadable = |error| Failure::config(format!("cannot read {}", folder.display())).because(error);
    let mut rendered = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let Some(name) = file
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".yml.j2"))
        else {
            return Err(Failure::config(format!("{} is no <name>.yml.j2", file.display())));
        };
        rendered.push(Rendered {
            name: name.to_owned(),
            text: one(&file, name, &variables)?,
        });
    }
    if rendered.is_empty() {
        return Err(Failure::config(format!("{} holds no template", folder.display())));
    }
    rendered.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rendered)
}

/// The pins, and what is derived from them.
fn variables(versions: &Versions) -> Result<BTreeMap<String, String>> {
    let mut variables: BTreeMap<String, String> = versions
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    variables.insert("IMAGE_CI_TAG".to_owned(), image_tag(versions.get("IMAGE_CI")?)?);
    Ok(variables)
}

/// The tag that `make image` gives an image: `name:<the first 12 digits of its digest>` of `name@sha256:<digest>`.
///
/// # Errors
/// Configuration, when it is pinned by anything but a digest.
pub fn image_tag(image: &str) -> Result<String> {
    image
        .split_once("@sha256:")
        .filter(|(name, digest)| {
            !name.is_empty() && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
        .map(|(name, digest)| format!("{name}:{}", &digest[..12]))
        .ok_or_else(|| {
            Failure::config(format!(
                "IMAGE_CI in VERSIONS is '{image}', which is not name@sha256:<64 hexadecimal digits>"
            ))
            .hint("build the image with `make image` and pin it with `foundation image pin`")
        })
}

fn one(file: &Path, name: &str, variables: &BTreeMap<String, String>) -> Result<String> {
    let wrong = |error: minijinja::Error| {
        let place = error.line().map_or(String::new(), |line| format!(":{line}"));
        Failure::config(format!("{}{place}: cannot be rendered", file.display())).because(error)
    };
    let template = std::fs::read_to_string(file)
        .map_err(|error| Failure::config(format!("cannot read {}", file.display())).because(error))?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Workflows are full of `${{ … }}`, so ours look different.
    let syntax = SyntaxConfig::builder()
        .variable_delimiters("[[", "]]")
        .block_delimiters("[%", "%]")
        .comment_delimiters("[#", "#]")
        .build()
        .map_err(wrong)?;
    environment.set_syntax(syntax);
    let text = environment
        .template_from_str(&template)
        .and_then(|template| template.render(variables))
        .map_err(wrong)?;
    Ok(format!(
        "# Rendered from {TEMPLATES}/{name}.yml.j2 by `make workflows`. Change that file, not this one.\n#\n{}\n",
        text.trim_end()
    ))
}

/// The lines that differ, with their numbers. Lines in common at both ends are left out.
fn difference(now: &str, wanted: &str) -> String {
    let (now, wanted): (Vec<&str>, Vec<&str>) = (now.lines().collect(), wanted.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut now.iter().zip(&wanted));
    let shorter = now.len().min(wanted.len()) - head;
    let tail = same(&mut now.iter().rev().zip(wanted.iter().rev()).take(shorter));
    let mut text = String::new();
    for (sign, lines) in [("-", &now), ("+", &wanted)] {
        for (number, line) in lines.iter().enumerate().take(lines.len() - tail).skip(head) {
            let _ = writeln!(text, "  {sign}{:>4} {line}", number + 1);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_made_of_the_digest_and_of_nothing_else() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(
            image_tag(&format!("foundation-ci@sha256:{digest}")).expect("a tag"),
            "foundation-ci:0123456789ab"
        );
        for floating in [
            "foundation-ci:latest",
            "foundation-ci@sha256:0123",
            "@sha256:",
            "",
        ] {
            assert!(image_tag(floating).is_err(), "{floating}");
        }
    }

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        assert_eq!(
            difference("a\nb\nc\n", "a\nx\ny\nc\n"),
            "  -   2 b\n  +   2 x\n  +   3 y"
        );
        assert_eq!(difference("", "a\n"), "  +   1 a");
        assert_eq!(difference("a\na\n", "a\n"), "  -   2 a");
    }
}
