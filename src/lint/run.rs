//! The run of `foundation-lint`.

use std::path::Path;

use crate::kit::context::Context;
use crate::kit::forge::State;
use crate::kit::git::Git;
use crate::kit::outcome::{Failure, Kind, Outcome, Result};
use crate::kit::process;
use crate::kit::report::{Report, to_json};
use crate::kit::telling::Telling;
use crate::kit::text;
use crate::lint::discover::{self, Found, Scope};
use crate::lint::document::Linted;
use crate::lint::excerpt::Excerpts;
use crate::lint::findings::{Counts, NotChecked, Tool, plural};
use crate::lint::inputs::Inputs;
use crate::lint::plan::{Task, plan};
use crate::lint::schedule::{self, Ran, Setting};
use crate::lint::world::World;
use crate::lint::{Raw, eslint, foreign, install, render, shellcheck, since, yamllint};

/// Lints.
///
/// # Errors
/// Configuration, environment or refused: see [`Failure`]. The status says so too.
pub async fn run(raw: &Raw, context: &Context, report: &Report) -> Result<Outcome> {
    let inputs = Inputs::check(raw)?;
    report.set_format(inputs.format);
    let mut part = None;
    let mut linted = Linted::default();
    let result = lint(&inputs, context, report, &mut part, &mut linted).await;
    // Whatever foreign code left running is gone before the token is used; while it lives, nothing is told.
    process::sweep()?;
    let told = tell(&inputs, context, report, part.as_deref(), &mut linted, &result).await;
    let outcome = result?;
    told.map(|()| outcome)
}

/// Finds, plans, checks and reports; what was found is in `linted` also when it fails.
async fn lint(
    inputs: &Inputs,
    context: &Context,
    report: &Report,
    part: &mut Option<String>,
    linted: &mut Linted,
) -> Result<Outcome> {
    let path = context.directory.join(&inputs.path);
    let folder = if path.is_dir() {
        path.as_path()
    } else {
        path.parent().unwrap_or(Path::new("/"))
    };
    let git = Git::of(&context.env, folder).await?;
    let scope = Scope::of(git.directory(), &path)?;
    *part = (!scope.path.as_os_str().is_empty()).then(|| text::path_text(&scope.path));

    let changed = since::changed(&inputs.since, &git, context, report, inputs.timeout).await?;
    let mut found = discover::discover(&git, &scope, changed.as_deref()).await?;
    linted.not_checked = std::mem::take(&mut found.not_checked);
    let wanted = wanted(inputs, &found, changed.is_some())?;
    linted.checked = wanted.iter().map(|tool| (*tool, 0)).collect();

    let scratch = tempfile::Builder::new()
        .prefix("foundation-lint-")
        .tempdir()
        .map_err(|error| Failure::environment("cannot make a private folder").because(error))?;
    let mut world = World::new(&context.env, git.directory(), scratch.path(), inputs.timeout)?;
    world.ca_file.clone_from(&context.ca_file);
    let asked = inputs.install && wanted.contains(&Tool::Eslint);
    if asked {
        world.set_user(foreign::user(context, report, &inputs.foreign_user, &world.root)?)?;
        let files = found
            .files
            .get(&Tool::Eslint)
            .map(Vec::as_slice)
            .unwrap_or_default();
        install::install(files, &world, report).await?;
    }
    let mut trouble = Vec::new();
    let (tasks, settings) = prepare(&wanted, &found, &world, report, linted, &mut trouble)?;
    let programs: Vec<&Path> = settings.iter().filter_map(Setting::foreign_program).collect();
    if !programs.is_empty() {
        if !asked {
            let user = foreign::user(context, report, &inputs.foreign_user, &world.root)?;
            world.set_user(user)?;
        }
        foreign::startable(world.user.as_ref(), programs)?;
    }
    let jobs = plan(tasks, inputs.jobs);
    let ran = schedule::run(jobs, settings, world, inputs.jobs).await?;
    gather(ran, linted, &mut trouble);
    show(linted, git.directory(), report);
    if scope.by_hand && trouble.is_empty() {
        named_but_ignored(&scope, linted)?;
    }
    match worst(trouble, linted, report) {
        Some(failure) => Err(failure),
        None => Ok(verdict(inputs, linted)),
    }
}

/// The linters to run: those named, each of which must have files, or all that have.
fn wanted(inputs: &Inputs, found: &Found, only_changed: bool) -> Result<Vec<Tool>> {
    let Some(named) = &inputs.linters else {
        return Ok(Tool::ALL.into());
    };
    let empty: Vec<&str> = named
        .iter()
        .filter(|tool| !found.files.contains_key(tool))
        .map(|tool| tool.name())
        .collect();
    // With --since it is no mistake that nothing of a kind has changed.
    if empty.is_empty() || only_changed {
        return Ok(named.clone());
    }
    Err(Failure::config(format!(
        "--linters names {}, but there is no file for it",
        empty.join(" and ")
    ))
    .hint(
        "take the linter off the list, or look whether git ignores the files, or whether the path is right",
    ))
}

/// Which files go to which linter in which way, and says so. A linter that is missing is trouble; the others still work.
fn prepare(
    wanted: &[Tool],
    found: &Found,
    world: &World,
    report: &Report,
    linted: &mut Linted,
    trouble: &mut Vec<Failure>,
) -> Result<(Vec<Task>, Vec<Setting>)> {
    eslint::prepare(&world.scratch)?;
    shellcheck::prepare(&world.scratch)?;
    yamllint::prepare(&world.scratch)?;
    let mut settings = Vec::new();
    let mut tasks = Vec::new();
    for &tool in wanted {
        let Some(files) = found.files.get(&tool) else {
            continue;
        };
        let groups: Result<Vec<(Setting, String, Vec<discover::File>)>> = match tool {
            Tool::Eslint => eslint::Project::new(&world.root)
                .settings(&world.env, files)
                .map(|groups| {
                    groups
                        .into_iter()
                        .map(|(setting, files)| {
                            (
                                Setting::Eslint(setting.clone()),
                                eslint::describe(&setting),
                                files,
                            )
                        })
                        .collect()
                }),
            Tool::Shellcheck => shellcheck::program(world).map(|program| {
                let words = format!("shellcheck ({})", program.display());
                vec![(Setting::Shellcheck(program), words, files.clone())]
            }),
            Tool::Yamllint => yamllint::settings(world, files).map(|groups| {
                groups
                    .into_iter()
                    .map(|(setting, files)| {
                        (
                            Setting::Yamllint(setting.clone()),
                            yamllint::describe(&setting),
                            files,
                        )
                    })
                    .collect()
            }),
        };
        match groups {
            Ok(groups) => {
                for (setting, words, files) in groups {
                    report.say(format_args!("{words}: {}", plural(files.len(), "file")));
                    tasks.extend(of_setting(tool, settings.len(), files));
                    settings.push(setting);
                }
            }
            Err(failure) => {
                not_done(linted, tool, files);
                trouble.push(failure);
            }
        }
    }
    Ok((tasks, settings))
}

/// Names that are not UTF-8 come alone: eslint could not be given them, and shellcheck's report could not hold them.
fn of_setting(tool: Tool, setting: usize, files: Vec<discover::File>) -> Vec<Task> {
    let (plain, odd): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| tool == Tool::Yamllint || file.path.to_str().is_some());
    let mut tasks: Vec<Task> = odd
        .into_iter()
        .map(|file| Task {
            tool,
            setting,
            files: vec![file],
        })
        .collect();
    if !plain.is_empty() {
        tasks.push(Task {
            tool,
            setting,
            files: plain,
        });
    }
    tasks
}

fn not_done(linted: &mut Linted, tool: Tool, files: &[discover::File]) {
    linted.not_checked.extend(files.iter().map(|file| NotChecked {
        path: file.path.clone(),
        why: format!("{tool} failed"),
    }));
}

/// Adds up what the processes told, in an order that does not depend on which ended first.
fn gather(mut ran: Vec<Ran>, linted: &mut Linted, trouble: &mut Vec<Failure>) {
    ran.sort_by(|a, b| {
        a.job
            .files
            .first()
            .map(|file| &file.path)
            .cmp(&b.job.files.first().map(|file| &file.path))
    });
    for one in ran {
        match one.result {
            Ok(reading) => {
                *linted.checked.entry(one.job.tool).or_default() += reading.checked;
                linted.findings.extend(reading.findings);
                linted.not_checked.extend(reading.not_checked);
            }
            Err(failure) => {
                not_done(linted, one.job.tool, &one.job.files);
                trouble.push(failure);
            }
        }
    }
    linted.findings.sort();
    linted.findings.dedup();
    linted.not_checked.sort();
}

/// Everything found, in the log.
fn show(linted: &Linted, root: &Path, report: &Report) {
    let mut excerpts = Excerpts::new(root);
    for finding in &linted.findings {
        report.say(render::line(finding));
        if report.color()
            && let Some(excerpt) = excerpts.of(finding, report)
        {
            report.say_rendered(&excerpt);
        }
        let place = finding
            .line
            .map(|line| (finding.path.as_path(), line, finding.column));
        report.annotate(finding.severity, place, &finding.message);
    }
    for file in &linted.not_checked {
        report.say(format_args!(
            "not checked: {} ({})",
            text::path_text(&file.path),
            text::one_line(&file.why)
        ));
    }
}

/// A file named by hand that its own configuration keeps from the linter was asked for and not checked.
fn named_but_ignored(scope: &Scope, linted: &Linted) -> Result<()> {
    match linted.not_checked.iter().find(|file| file.path == scope.path) {
        None => Ok(()),
        Some(file) => Err(Failure::config(format!(
            "{} was named, but not checked: {}",
            text::path_text(&file.path),
            text::one_line(&file.why)
        ))),
    }
}

/// The failure the run ends with: what retrying cannot mend first. The others are told here.
fn worst(mut trouble: Vec<Failure>, linted: &mut Linted, report: &Report) -> Option<Failure> {
    trouble.sort_by_key(|failure| match failure.kind() {
        Kind::Refused => 0,
        Kind::Config => 1,
        Kind::Environment => 2,
    });
    // Several processes of one linter often fail for one reason.
    let mut seen = std::collections::BTreeSet::new();
    trouble.retain(|failure| seen.insert(failure.to_string()));
    linted.failures = trouble.iter().map(ToString::to_string).collect();
    let mut trouble = trouble.into_iter();
    let first = trouble.next();
    for other in trouble {
        report.fail(&other);
    }
    first
}

fn verdict(inputs: &Inputs, linted: &Linted) -> Outcome {
    match linted
        .findings
        .iter()
        .any(|finding| inputs.fail_on.fails(finding.severity))
    {
        true => Outcome::Bad,
        false => Outcome::Good,
    }
}

/// Tells the result to everybody who waits for it: standard output, later jobs, the commit and the pull request.
async fn tell(
    inputs: &Inputs,
    context: &Context,
    report: &Report,
    part: Option<&str>,
    linted: &mut Linted,
    result: &Result<Outcome>,
) -> Result<()> {
    if let Err(failure) = result
        && linted.failures.is_empty()
    {
        linted.failures.push(failure.to_string());
    }
    let counts = Counts::of(&linted.findings);
    let (state, words) = match result {
        Ok(Outcome::Good) => (State::Success, render::summary(linted)),
        Ok(Outcome::Bad) => (State::Failure, render::summary(linted)),
        Err(failure) => (State::Error, failure.to_string()),
    };
    if inputs.format == crate::kit::report::Format::Json {
        report.document(&linted.document())?;
    }
    report.output(context, "errors", &counts.errors.to_string())?;
    report.output(context, "warnings", &counts.warnings.to_string())?;
    report.output(context, "checked", &linted.total().to_string())?;
    report.output(context, "report", &to_json(&linted.output())?)?;
    if result.is_ok() {
        report.say(render::last_line(linted));
    }
    let title = match part {
        Some(part) => format!("foundation/lint ({part})"),
        None => "foundation/lint".to_owned(),
    };
    let comment = render::comment(linted, &title, context.run_url().as_deref());
    report.summary(context, &comment)?;
    match Telling::of(context, report, "lint", part)? {
        Some(telling) => telling.tell(state, &words, &comment).await,
        None => Ok(()),
    }
}
