//! Whatever a commit says, it stays in its entry: read by a Markdown parser, our layout has as many entries as changes, and
//! nothing alive that we did not put there.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "what is not expected is reported, or is not looked at"
)]

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

/// What a Markdown parser sees.
#[derive(Debug, Default)]
struct Seen {
    entries: usize,
    headings: Vec<String>,
    links: Vec<String>,
    /// HTML, images, quotations, tables, rules, emphasis: nothing that we write.
    alive: Vec<String>,
    text: String,
}

/// All that a forge's Markdown may know.
fn options() -> Options {
    // Not of any forge, and `^1.2.3` is frequent.
    Options::all()
        - Options::ENABLE_SUPERSCRIPT
        - Options::ENABLE_SUBSCRIPT
        - Options::ENABLE_SMART_PUNCTUATION
}

fn read(markdown: &str) -> Seen {
    let mut seen = Seen::default();
    let (mut depth, mut heading) = (0, false);
    for event in Parser::new_ext(markdown, options()) {
        match &event {
            Event::Start(Tag::List(None)) => depth += 1,
            Event::End(TagEnd::List(false)) => depth -= 1,
            Event::Start(Tag::Item) if depth == 1 => seen.entries += 1,
            Event::Start(Tag::Heading { .. }) => {
                heading = true;
                seen.headings.push(String::new());
                if depth > 0 {
                    seen.alive.push("a heading in an entry".to_owned());
                }
            }
            Event::End(TagEnd::Heading(_)) => heading = false,
            Event::Start(Tag::Link { dest_url, .. }) => seen.links.push(dest_url.to_string()),
            Event::Text(text) | Event::Code(text) => {
                seen.text.push_str(text);
                if heading {
                    seen.headings.last_mut().unwrap().push_str(text);
                }
            }
            Event::SoftBreak => seen.text.push('\n'),
            Event::Start(Tag::Item | Tag::Paragraph | Tag::Strong | Tag::CodeBlock(_))
            | Event::End(
                TagEnd::Item | TagEnd::Paragraph | TagEnd::Strong | TagEnd::CodeBlock | TagEnd::Link,
            ) => {}
            other => seen.alive.push(format!("{other:?}")),
        }
    }
    seen
}

/// Pieces that mean something in Markdown, on a forge or in a template.
fn piece() -> impl Strategy<Value = String> {
    let meant = prop::sample::select(vec![
        "<img src=x>",
        "<!--",
        "-->",
        "<script>",
        "</li>",
        "![a](b)",
        "[a](javascript:b)",
        "[a]: http://b",
        "[[i.png]]",
        "@me",
        " @me/x ",
        "#1",
        "#x",
        "a/b#2",
        "`",
        "``",
        "```",
        "~~~",
        "*",
        "**",
        "_",
        "__",
        "~~",
        "|",
        "|---|",
        "---",
        "===",
        "- ",
        "+ ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "# ",
        "## ",
        "\n",
        "\n\n",
        "\r",
        "\t",
        "    ",
        "\\",
        "\\\n",
        "&lt;",
        "&#64;",
        "$",
        "$$",
        "\\(",
        "{{ x }}",
        "{% x %}",
        "{#",
        ":+1:",
        ": ",
        "[^1]",
        "[^1]: ",
        "[x] ",
        "https://h/a_b*c*",
        "https://u@h",
        "http://",
        "www.h.org",
        "a@b.org",
        "\u{202e}",
        "\u{0}",
        "\u{FEFF}",
        "é",
        "漢",
        "🚀",
        "  \n",
        "\u{200B}",
        "!",
        "(",
        ")",
        "\u{2028}",
        "^",
        "=",
        "\"",
        "'",
        "word",
        " ",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => meant, 1 => any::<String>()]
}

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

fn commit(
    (kind, scope, subject, body, breaking, name): (&str, String, String, String, Option<String>, String),
) -> Commit {
    let subject = subject.replace(['\n', '\r'], " ");
    let scope = scope.replace(['\n', '\r'], " ");
    let mut message = format!("{kind}({scope}): {subject}\n\n{body}");
    if let Some(text) = breaking {
        message.push_str(&format!("\n\nBREAKING CHANGE: {text}"));
    }
    Commit {
        hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        message,
        author: Person {
            email: format!("{name}@example.org"),
            name,
        },
        time: 0,
    }
}

fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let kind = prop::sample::select(vec!["feat", "fix", "chore", "x"]);
    let one = (
        kind,
        hostile(),
        hostile(),
        hostile(),
        prop::option::of(hostile()),
        hostile(),
    );
    prop::collection::vec(one.prop_map(commit), 1..5)
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let model = case.with(|input| model(input, &Style::Default)).unwrap();
    let notes = case.ours();
    let seen = read(&notes);
    prop_assert!(seen.alive.is_empty(), "{:?}\n{}", seen.alive, notes);
    prop_assert_eq!(seen.entries, model.entries(), "{}", &notes);
    let titles = model.sections.len() + model.other.len() + usize::from(!model.breaking.is_empty());
    prop_assert_eq!(seen.headings.len(), 1 + titles, "{}", &notes);
    for link in &seen.links {
        let ours = link.starts_with("https://forge.example.org/") || notes.contains(&format!("<{link}>"));
        prop_assert!(ours, "{}\n{}", link, notes);
    }
    // On a forge, mentions and wiki links are looked for in the text that is left.
    let mention = regex::Regex::new(r"(?:\s|^|\(|\[)@[-\w]|\[\[").unwrap();
    let outside = read_without_code(&notes);
    prop_assert!(
        !mention.is_match(&outside),
        "{:?}\n{}",
        mention.find(&outside),
        notes
    );
    prop_assert!(notes.len() <= RELEASE_LIMIT);
    prop_assert_eq!(notes.matches('\r').count(), 0);
    Ok(())
}

/// The text outside code, where forges look for names.
fn read_without_code(markdown: &str) -> String {
    let mut text = String::new();
    let mut code = false;
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(piece) if !code => text.push_str(&piece),
            Event::SoftBreak | Event::End(_) | Event::Code(_) => text.push('\u{1}'),
            _ => {}
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_out_of_its_entry(commits in commits()) {
        let mut case = Case::new(&[]);
        case.commits = commits;
        check(&case)?;
    }

    #[test]
    fn a_changelog_has_each_version_once(
        file in "(\u{FEFF})?(# T\n\n)?(## 1\\.0\\.[01] \\(2024-01-01\\)\r?\n|- x\r?\n|\n|```\n|[a-z#\\[\\] ]{0,9}){0,8}",
        title in prop::option::of("# T"),
    ) {
        let notes = "## 1.3.0 (2024-01-31)\n\n- x\n";
        let once = changelog(Some(&file), title.as_deref(), notes);
        prop_assert_eq!(&changelog(Some(&once), title.as_deref(), notes), &once);
        prop_assert_eq!(once.matches("1.3.0").count(), 1);
        // Nothing of the file is lost.
        for line in file.lines() {
            let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
            prop_assert!(once.contains(line), "{line}");
        }
    }
}

#[test]
fn a_huge_subject_takes_no_time() {
    let started = std::time::Instant::now();
    for piece in [
        "`", "a", "#1 ", "@", "[", "a/", "https://", "<", "a/b#1", "\n", "`a ``",
    ] {
        let size = if piece == "a" { 10_000_000 } else { 300_000 };
        let message = format!("feat: {}", piece.repeat(size / piece.len()));
        let case = Case::new(&[&message]);
        assert!(case.ours().len() < 60_000);
        assert!(case.node().len() < RELEASE_LIMIT);
    }
    let numbers: String = (0..100_000).map(|number| format!("#{number} ")).collect();
    let case = Case::new(&[&format!("feat: {numbers}\n\ncloses {numbers}")]);
    assert!(case.ours().len() < 60_000);
    assert!(case.node().len() < RELEASE_LIMIT);
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}
