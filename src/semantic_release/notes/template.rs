//! From the model to text: our templates, and the project's own, which is not trusted.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use crate::kit::outcome::{Failure, Result};
use crate::kit::text::{markdown_code, one_line, path_text};
use crate::semantic_release::notes::inline::inline;
use crate::semantic_release::notes::model::Model;
use crate::semantic_release::notes::settings::Preset;

/// Where to read how it is done; for hints.
pub(super) const OWN_TEMPLATE: &str = "docs/release-notes.md says how";

/// The largest template, in bytes.
const LARGEST: u64 = 64 * 1024;
/// Steps of a template: some hundreds for each entry that can fit. A loop without end is stopped after less than a second.
const FUEL: u64 = 5_000_000;
/// How deep a template may nest and call itself.
const DEPTH: usize = 50;

const DEFAULT: &str = include_str!("templates/default.md.j2");
const CONVENTIONAL_COMMITS: &str = include_str!("templates/conventionalcommits.md.j2");
const ANGULAR: &str = include_str!("templates/angular.md.j2");

/// How the notes look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// Our own layout.
    Default,
    /// Byte for byte as Node with one of its presets.
    Node(Preset),
    /// The project's own template.
    Own(Template),
}

/// A template of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its file, for messages.
    pub file: String,
    /// Its text.
    pub source: String,
}

impl Template {
    /// Reads a template of the project.
    ///
    /// # Errors
    /// Config: it is not a file of this repository, larger than 64 KiB, or no UTF-8.
    pub fn read(repository: &Path, file: &Path) -> Result<Self> {
        let name = path_text(file);
        let refused = |what: &str| {
            Failure::config(format!("the template {name} {what}"))
                .hint(format!("name a text file of this repository; {OWN_TEMPLATE}"))
        };
        let found = |path: &Path| {
            path.canonicalize()
                .map_err(|error| refused("cannot be read").because(error))
        };
        let path = found(&repository.join(file))?;
        // A symbolic link could lead to a file whose text must not appear in notes.
        if !path.starts_with(found(repository)?) {
            return Err(refused("is outside the repository"));
        }
        if !path.is_file() {
            return Err(refused("is no file"));
        }
        let mut source = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut source))
            .map_err(|error| refused("cannot be read").because(error))?;
        if source.len() as u64 > LARGEST {
            return Err(refused("is larger than 64 KiB"));
        }
        let source = String::from_utf8(source).map_err(|_| refused("is not UTF-8"))?;
        Ok(Self { file: name, source })
    }
}

/// Lays the model out: one line break at the end, none at the start.
///
/// # Errors
/// Config, when the project's own template is wrong: it names the file and the line.
pub(super) fn lay_out(model: &Model, style: &Style) -> Result<String> {
    let (file, source) = match style {
        Style::Default => ("our template", DEFAULT),
        Style::Node(Preset::ConventionalCommits) => {
            ("the template conventionalcommits", CONVENTIONAL_COMMITS)
        }
        Style::Node(Preset::Angular) => ("the template angular", ANGULAR),
        Style::Own(own) => (own.file.as_str(), own.source.as_str()),
    };
    let text = environment(matches!(style, Style::Own(_)))
        .and_then(|environment| render(&environment, source, model))
        .map_err(|error| wrong(file, &error))?;
    Ok(format!("{}\n", text.trim()))
}

fn render(environment: &Environment<'_>, source: &str, model: &Model) -> Result<String, Error> {
    environment
        .template_from_str(source)
        .and_then(|template| template.render(Serde(model)))
}

fn environment(limited: bool) -> Result<Environment<'static>, Error> {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Markdown: what is not raw is escaped already.
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(syntax);
    environment.set_recursion_limit(DEPTH);
    if limited {
        environment.set_fuel(Some(FUEL));
    }
    environment.add_filter("md", |text: String| inline(&text, None, &mut Vec::new()));
    environment.add_filter("code", |text: String| markdown_code(&text));
    Ok(environment)
}

fn wrong(file: &str, error: &Error) -> Failure {
    // The innermost cause says most, and has the line.
    let mut place = error.line();
    let mut what = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source.and_then(|source| source.downcast_ref::<Error>()) {
        place = inner.line().or(place);
        what = inner.to_string();
        source = std::error::Error::source(inner);
    }
    let line = place.map_or_else(String::new, |line| format!(":{line}"));
    let what = what.split(" (in ").next().unwrap_or_default();
    let hint = if error.kind() == ErrorKind::OutOfFuel {
        "the template takes too many steps; is there a loop without end?"
    } else {
        OWN_TEMPLATE
    };
    Failure::config(format!("{file}{line}: {}", one_line(what))).hint(hint)
}
