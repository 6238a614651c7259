//! Whether a run of act ended as a case has to, judged by nothing but its exit code and its log.

use regex::Regex;

use crate::kit::process::End;
use crate::kit::report::Severity;
use crate::maintainer::matrix::cases::{Case, Finding};

/// What a run of act showed.
#[derive(Debug)]
pub struct Seen<'a> {
    /// How act ended.
    pub end: End,
    /// How many jobs succeeded.
    pub succeeded: usize,
    /// How many jobs failed.
    pub failed: usize,
    /// How many refs the jobs pushed.
    pub pushed: usize,
    /// Its log.
    pub log: &'a [String],
}

/// Says what is not as it has to be; nothing when all is.
#[must_use]
pub fn judge(case: &Case, seen: &Seen<'_>) -> Option<String> {
    let findings = findings(seen.log);
    let exits = exits(seen.log);
    if seen.succeeded + seen.failed == 0 {
        return Some(format!("no job ran; act {}", seen.end));
    }
    let Some(variant) = &case.variant else {
        if seen.end != End::Code(0) || seen.failed > 0 {
            let exits: Vec<String> = exits.iter().map(u8::to_string).collect();
            return Some(format!(
                "has to pass, but a job failed (exit {})",
                exits.join(", ")
            ));
        }
        return (!findings.is_empty()).then(|| format!("has to be clean, but has {}", list(&findings)));
    };
    if seen.end != End::Code(1) || seen.failed == 0 {
        return Some(format!("has to fail, but act {}", seen.end));
    }
    let expected = &variant.expected;
    if exits.is_empty() || exits.iter().any(|exit| *exit != expected.exit) {
        let exits: Vec<String> = exits.iter().map(u8::to_string).collect();
        return Some(format!("has to exit {}, not {}", expected.exit, exits.join(", ")));
    }
    // The same exit code from another step, say the checkout's, would be another reason.
    let step = format!("foundation-{}", expected.workflow);
    if let Some(other) = failed_steps(seen.log).into_iter().find(|name| *name != step) {
        return Some(format!("has to fail in {step}, not in {other}"));
    }
    let mut wanted = expected.findings.clone();
    wanted.sort();
    let errors = errors(seen.log);
    if let Some(name) = expected.names.iter().find(|name| !errors.contains(name.as_str())) {
        return Some(format!("has to name {name} in its error"));
    }
    let names_a_file = variant.files.iter().any(|file| errors.contains(file.as_str()));
    if wanted.is_empty() && findings.is_empty() && expected.names.is_empty() && !names_a_file {
        return Some(format!("has to name {} in its error", variant.files()));
    }
    if seen.pushed > 0 {
        return Some(format!("has to push nothing, but pushed {} refs", seen.pushed));
    }
    (findings != wanted).then(|| format!("has to find {}, not {}", list(&wanted), list(&findings)))
}

fn list(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "nothing".to_owned();
    }
    let findings: Vec<String> = findings.iter().map(Finding::to_string).collect();
    findings.join(", ")
}

/// The findings that can fail a job, in order, from lines `path:line:column: severity: message (tool/rule)`.
fn findings(log: &[String]) -> Vec<Finding> {
    let Ok(pattern) = Regex::new(
        r"^(?<path>.+?):(?<line>\d+):(?:\d+:)? (?<severity>error|warning): .*\((?<tool>[a-z]+)(?:/(?<rule>[^()\s]+))?\)$",
    ) else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = log
        .iter()
        .filter_map(|line| line.split_once("]   | "))
        .filter_map(|(_, line)| {
            let found = pattern.captures(line)?;
            Some(Finding {
                path: found["path"].to_owned(),
                line: found["line"].parse().ok()?,
                severity: if &found["severity"] == "error" {
                    Severity::Error
                } else {
                    Severity::Warning
                },
                tool: found["tool"].to_owned(),
                rule: found.name("rule").map(|rule| rule.as_str().to_owned()),
            })
        })
        .collect();
    findings.sort();
    findings
}

/// The errors in the jobs' logs.
fn errors(log: &[String]) -> String {
    let errors: Vec<&str> = log
        .iter()
        .filter_map(|line| Some(line.split_once("]   | ")?.1))
        .filter(|line| line.starts_with("error: "))
        .collect();
    errors.join("\n")
}

/// The names of the steps that failed.
fn failed_steps(log: &[String]) -> Vec<&str> {
    log.iter()
        .filter(|line| !line.contains("]   | "))
        .filter_map(|line| line.split_once("❌  Failure - Main ").map(|(_, rest)| rest))
        .map(|rest| rest.split_once(" [").map_or(rest, |(name, _)| name))
        .collect()
}

/// The exit codes of the steps that failed. act tells them in one form for a container and in another for a host.
fn exits(log: &[String]) -> Vec<u8> {
    log.iter()
        .filter(|line| !line.contains("]   | "))
        .filter_map(|line| {
            let (_, text) = line.split_once("] ")?;
            let code = text
                .strip_prefix("exitcode '")
                .and_then(|rest| rest.strip_suffix("': failure"))
                .or_else(|| text.strip_prefix("exit status "))?;
            code.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintainer::matrix::cases::{Expected, Variant};

    const FINDING: &str = "[lint/x/foundation-lint]   | src/a (1).js:3:7: error: 'x' is not defined (really). (eslint/no-undef)";

    fn case(expected: Option<(u8, Option<&str>)>) -> Case {
        Case {
            candidate: "api".to_owned(),
            folder: "api".into(),
            shape: None,
            releases: None,
            variant: expected.map(|(exit, rule)| Variant {
                name: "v".to_owned(),
                overlay: "o".into(),
                files: vec!["eslint.config.js".to_owned()],
                expected: Expected {
                    base: "api".to_owned(),
                    workflow: "lint".to_owned(),
                    exit,
                    note: String::new(),
                    names: Vec::new(),
                    steps: Vec::new(),
                    findings: vec![Finding {
                        path: "src/a (1).js".to_owned(),
                        line: 3,
                        severity: Severity::Error,
                        tool: "eslint".to_owned(),
                        rule: rule.map(str::to_owned),
                    }],
                },
            }),
        }
    }

    fn judged(case: &Case, code: i32, jobs: (usize, usize), log: &[&str]) -> Option<String> {
        let log: Vec<String> = log.iter().map(|line| (*line).to_owned()).collect();
        judge(
            case,
            &Seen {
                end: End::Code(code),
                succeeded: jobs.0,
                failed: jobs.1,
                pushed: 0,
                log: &log,
            },
        )
    }

    #[test]
    fn a_clean_candidate_has_jobs_that_pass_and_no_findings() {
        let clean = case(None);
        assert_eq!(judged(&clean, 0, (1, 0), &[]), None);
        assert!(judged(&clean, 0, (0, 0), &[]).is_some(), "nothing ran");
        assert!(judged(&clean, 1, (1, 1), &[]).is_some());
        assert!(judged(&clean, 0, (1, 0), &[&FINDING.replace("error:", "warning:")]).is_some());
    }

    #[test]
    fn a_broken_variant_fails_for_the_reason_named_and_for_no_other() {
        let broken = case(Some((1, Some("no-undef"))));
        for exit in [
            "[l/x/foundation-lint] exitcode '1': failure",
            "[l/x/foundation-lint] exit status 1",
        ] {
            assert_eq!(judged(&broken, 1, (0, 1), &[FINDING, exit]), None, "{exit}");
        }
        let exit = "[l/x/foundation-lint] exitcode '1': failure";
        assert!(judged(&broken, 0, (1, 0), &[FINDING]).is_some(), "it passed");
        assert!(judged(&broken, 1, (0, 1), &[exit]).is_some(), "no finding");
        assert!(
            judged(&broken, 1, (0, 1), &[FINDING, &exit.replace('1', "3")]).is_some(),
            "another exit"
        );
        assert!(
            judged(
                &broken,
                1,
                (0, 1),
                &[FINDING, &FINDING.replace(":3:", ":4:"), exit]
            )
            .is_some()
        );
        assert!(judged(&broken, 1, (0, 1), &[&FINDING.replace("no-undef", "semi"), exit]).is_some());
        let printed = FINDING.replace("src/a", "::src/a");
        assert!(judged(&broken, 1, (0, 1), &[FINDING, &printed, exit]).is_some());
    }

    #[test]
    fn a_job_s_own_output_is_no_exit_code_of_act() {
        let broken = case(Some((1, Some("no-undef"))));
        let forged = "[l/x/foundation-lint]   | [x] exit status 1";
        assert!(judged(&broken, 1, (0, 1), &[FINDING, forged]).is_some());
    }

    #[test]
    fn a_failure_without_findings_is_told_apart_by_its_step_and_by_what_it_names() {
        let mut broken = case(Some((2, None)));
        if let Some(variant) = &mut broken.variant {
            variant.expected.findings.clear();
        }
        let exit = "[l/x/foundation-lint] exitcode '2': failure";
        let step = "[l/x/foundation-lint]   ❌  Failure - Main foundation-lint [1.2s]";
        let error = "[l/x/foundation-lint]   | error: eslint cannot load eslint.config.js";
        assert_eq!(judged(&broken, 1, (0, 1), &[error, step, exit]), None);
        assert!(
            judged(&broken, 1, (0, 1), &[step, exit]).is_some(),
            "names nothing"
        );
        let other = step.replace("Main foundation-lint", "Main foundation-checkout");
        assert!(
            judged(&broken, 1, (0, 1), &[error, &other, exit]).is_some(),
            "another step"
        );
    }

    #[test]
    fn what_an_error_has_to_name_may_be_more_than_a_file() {
        let mut broken = case(Some((2, None)));
        if let Some(variant) = &mut broken.variant {
            variant.expected.findings.clear();
            variant.expected.names = vec!["the-plugin".to_owned()];
        }
        let exit = "[l/x/foundation-lint] exitcode '2': failure";
        let error = "[l/x/foundation-lint]   | error: .releaserc names the-plugin, which is unknown";
        assert_eq!(judged(&broken, 1, (0, 1), &[error, exit]), None);
        let other = error.replace("the-plugin", "another");
        assert!(judged(&broken, 1, (0, 1), &[&other, exit]).is_some());
        let log = [error.to_owned(), exit.to_owned()];
        let seen = Seen {
            end: End::Code(1),
            succeeded: 0,
            failed: 1,
            pushed: 1,
            log: &log,
        };
        assert!(judge(&broken, &seen).is_some(), "it pushed all the same");
    }

    #[test]
    fn a_finding_without_a_rule() {
        let broken = case(Some((1, None)));
        let finding = FINDING.replace("(eslint/no-undef)", "(eslint)");
        let exit = "[l/x/foundation-lint] exit status 1";
        assert_eq!(judged(&broken, 1, (0, 1), &[&finding, exit]), None);
    }
}
