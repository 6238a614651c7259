//! Our own layout, and a project's own template.

use super::*;

fn by(mut case: Case, index: usize, name: &str) -> Case {
    case.commits[index].author = Person {
        name: name.to_owned(),
        email: format!("{}@example.org", name.to_lowercase()),
    };
    case
}

fn rich() -> Case {
    let case = Case::new(&[
        "feat(api)!: remove the first version of the search (#41)\n\nBREAKING CHANGE: `/v1/search` is gone.\nCall the new one:\n\n- `/v2/search` finds\n- `/v2/count` counts\n\n```sh\ncurl <host>/v2/search\n```\n\nCloses #12",
        "feat(api): search by *name* in acme/other#7, thanks @octo-cat",
        "feat: add `--dry-run`\n\nfixes #9, refs acme/demo#10\n\nCo-authored-by: Cy <cy@example.org>",
        "fix(deps): handle <empty> answers, see https://example.org/a_b",
        "fix: two (#34)",
        "Revert \"feat: old\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.",
        "chore: tidy up",
        "chore(deps): renovate",
        "docs: typo",
        "no type at all",
        "Merge branch 'x'",
    ]);
    by(by(case, 1, "Bo"), 7, "renovate[bot]")
}

#[test]
fn the_layout_of_a_rich_release() {
    insta::assert_snapshot!("a_rich_release", rich().ours());
}

#[test]
fn the_page_shows_the_layout() {
    let page = include_str!("../../../../docs/release-notes.md");
    assert!(
        page.contains(&rich().ours()),
        "docs/release-notes.md shows another layout:\n{}",
        rich().ours()
    );
}

#[test]
fn a_release_of_hidden_types_says_which() {
    let case = Case::new(&["chore: one", "docs(api): two", "init", "Merge branch 'x'"]);
    insta::assert_snapshot!("a_release_of_hidden_types", case.ours());
    let mut case = Case::new(&["Merge pull request 'x' (#3) from y into z"]);
    case.previous = None;
    case.url = "/srv/git/demo.git".to_owned();
    insta::assert_snapshot!("a_release_without_links", case.ours());
}

#[test]
fn a_package_that_only_needs_another_says_so() {
    let mut case = Case::new(&[]);
    case.package = Some("@acme/x".to_owned());
    case.dependencies = vec![("@acme/y", "2.0.0")];
    insta::assert_snapshot!("a_package_that_needs_another", case.ours());
    case.dependencies.clear();
    insta::assert_snapshot!("a_release_without_commits", case.ours());
}

#[test]
fn too_long_notes_end_at_a_whole_entry_and_say_so() {
    let messages: Vec<String> = (0..5_000)
        .map(|index| format!("feat: the change with the number {index:04}\n\nBREAKING CHANGE: b{index}"))
        .collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let case = Case::new(&messages);
    for (notes, marks) in [(case.ours(), "- "), (case.node(), "* ")] {
        assert!(notes.len() <= RELEASE_LIMIT, "{}", notes.len());
        assert!(notes.len() > RELEASE_LIMIT - 400, "{} leaves room", notes.len());
        let shown = notes.lines().filter(|line| line.starts_with(marks)).count();
        let left_out = 10_000 - shown;
        assert!(
            notes.contains(&format!("nd {left_out} more")),
            "{left_out}: {}",
            &notes[notes.len() - 300..]
        );
        assert!(notes[notes.len() - 200..].contains("compare/v1.2.3...v1.3.0"));
        assert!(
            notes
                .lines()
                .filter(|line| line.starts_with(marks))
                .all(|line| { line.ends_with("))") || marks == "* " && line.starts_with("* b") })
        );
    }
    // One huge text does not cost the others their place.
    let huge = format!("fix: a\n\nBREAKING CHANGE: {}", "x ".repeat(100_000));
    let case = Case::new(&["feat: small", &huge]);
    let node = case.node();
    assert!(
        node.contains("* small") && node.contains("... and 1 more: [v1.2.3...v1.3.0]("),
        "{node}"
    );
    assert!(case.ours().contains("small") && case.ours().len() < 8_000);
}

#[test]
fn ten_thousand_commits_are_no_work() {
    let messages: Vec<String> = (0..10_000).map(|index| format!("chore: {index}")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let mut case = Case::new(&messages);
    assert!(case.ours().contains(" more changes, too many for this page."));
    case.commits[0].message = "fix: one".to_owned();
    let notes = case.ours();
    assert!(
        notes.contains("\nAnd 9999 smaller changes: chore 9999.\n"),
        "{notes}"
    );
}

fn own(source: &str) -> Style {
    Style::Own(Template {
        file: "release.md.j2".to_owned(),
        source: source.to_owned(),
    })
}

#[test]
fn a_project_has_its_own_template() {
    let template = "# {{ version }}
{% for section in sections %}
{% for entry in section.entries %}
{{ entry.type }} {{ entry.text }} {{ entry.raw.subject | md }} {{ entry.raw.header | code }} {{ entry.author }}
{% endfor %}
{% endfor %}";
    let case = Case::new(&["feat: <b> @me `x`", "chore: hidden"]);
    assert_eq!(
        case.render(&own(template)).unwrap(),
        "# 1.3.0\nfeat &lt;b> @\u{200B}me `x` &lt;b> @\u{200B}me `x` `` feat: <b> @me `x` `` Ana Lys\n"
    );
    assert_eq!(
        case.render(&own(
            "{{ other[0].entries[0].text }}, {{ other_types[0].type }} {{ other_total }}"
        ))
        .unwrap(),
        "hidden, chore 1\n"
    );
}

#[test]
fn mistakes_of_a_template_name_file_and_line() {
    let case = Case::new(&["feat: x"]);
    for (source, place) in [
        ("a\n{{ vresion }}", "release.md.j2:2: undefined"),
        ("a\n\n{% for x %}", "release.md.j2:3: syntax"),
        (
            "{% include '/etc/passwd' %}",
            "release.md.j2:1: template not found",
        ),
        ("a\n{{ version.x.y }}", "release.md.j2:2: undefined"),
        ("a\n{{ 1 | nothing }}", "release.md.j2:2: unknown filter"),
    ] {
        let failure = case.render(&own(source)).unwrap_err();
        assert!(failure.to_string().starts_with(place), "{failure}");
    }
}

#[test]
fn a_template_that_never_ends_is_stopped() {
    let case = Case::new(&["feat: x"]);
    for source in [
        "{% for a in range(10000) %}{% for b in range(10000) %}{% for c in range(10000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'x' * 2000000000 }}",
        "{% for a in range(100000) %}{{ 'x' * 1000000 }}{% endfor %}",
        "{{ 'x' * 100000 }}",
    ] {
        let started = std::time::Instant::now();
        let failure = case.render(&own(source)).unwrap_err();
        assert!(failure.to_string().starts_with("release.md.j2:"), "{failure}");
        assert_eq!(failure.kind(), crate::kit::outcome::Kind::Config);
        assert!(started.elapsed().as_secs() < 60, "{source}");
    }
}

#[test]
fn a_template_is_a_text_file_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    std::fs::create_dir(&repository).unwrap();
    std::fs::write(repository.join("good.j2"), "x").unwrap();
    std::fs::write(repository.join("large.j2"), vec![b'x'; 70_000]).unwrap();
    std::fs::write(repository.join("binary.j2"), [0xFF]).unwrap();
    std::fs::write(folder.path().join("secret"), "x").unwrap();
    std::os::unix::fs::symlink("../secret", repository.join("link.j2")).unwrap();
    let good = Template::read(&repository, Path::new("good.j2")).unwrap();
    assert_eq!((good.file.as_str(), good.source.as_str()), ("good.j2", "x"));
    for (file, why) in [
        ("none.j2", "cannot be read"),
        ("large.j2", "larger than 64 KiB"),
        ("binary.j2", "not UTF-8"),
        ("link.j2", "outside"),
        ("../secret", "outside"),
        ("/etc/passwd", "outside"),
        (".", "no file"),
    ] {
        let failure = Template::read(&repository, Path::new(file))
            .unwrap_err()
            .to_string();
        assert!(failure.contains(why), "{file}: {failure}");
    }
}
