//! Commit messages as people, tools and bad luck write them: every line here is one that some rule may trip over.

use crate::generate::Dice;

const TYPES: &[&str] = &[
    "feat", "feat", "feat", "feat", "fix", "fix", "fix", "fix", "perf", "chore", "chore", "docs", "refactor",
    "style", "test", "build", "ci", "revert", "feature", "FEAT", "FIX", "Feat", "CHORE", "Docs", "wip",
    "release", "deps", "", "feat-x", "fix2", "a_b", "hotfix", "über", "修", "init",
];
const SCOPES: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "(api)",
    "(api)",
    "(web)",
    "(deps)",
    "(a/b)",
    "(.github)",
    "()",
    "( x )",
    "(a,b)",
    "(a)(b)",
    "(@scope/pkg)",
    "(a): b (c)",
    "(ä ö)",
    "(*)",
    "(api",
    "api)",
];
const BANGS: &[&str] = &["", "", "", "", "", "", "", "", "", "", "!", "!", "!!", " !"];
const COLONS: &[&str] = &[
    ": ", ": ", ": ", ": ", ": ", ": ", ": ", ": ", ":", " : ", ":\t", ":  ", "：", ":\u{a0}", " ", " - ",
];
const SUBJECTS: &[&str] = &[
    "add a thing",
    "add a thing",
    "say what changed",
    "stop the leak",
    "one",
    "two",
    "x",
    "faster",
    "close the door (#12)",
    "closes #3",
    "say (b)!: c",
    "see a/b#4 and #5",
    "BREAKING CHANGE: gone",
    "[skip release]",
    "now [skip ci]",
    "[release skip]",
    "[skip  release] two blanks",
    "[Skip Release]",
    "drop v1.2.3",
    "`code` and *stars*",
    "ask @someone",
    "🎉 party",
    "naïve — dash",
    "trailing blank ",
    "tail\u{feff}",
    "a: b: c",
    "",
    " ",
    ".",
    "!",
    "x\u{2028}y",
    "x\ry",
    "x\u{b}y",
    "x\u{85}y",
    "1.2.3",
    "http://example.org/#1",
    "{{version}}",
    "\"quoted\"",
    "\\n",
    "$1 ${version}",
    "<b>",
    "-",
    "#",
];
/// First lines that are no conventional commit, or look like one by accident.
const HEADERS: &[&str] = &[
    "",
    "Update README",
    "Initial commit",
    "initial commit",
    "init",
    "INIT",
    "init: the start",
    "Merge branch 'next'",
    "Merge pull request #1 from someone/feat",
    "fixup! feat: one",
    "squash! fix: one",
    "WIP",
    "feat",
    "feat:",
    "!",
    "!: all",
    ": nothing",
    "(api): x",
    "#1",
    "# feat: a heading",
    "- feat: an item",
    "* feat: an item",
    "BREAKING CHANGE",
    "BREAKING CHANGE: all",
    "BREAKING-CHANGE: all",
    "gpg: Signature made",
    "gpg: x\nfeat: below",
    "Revert",
    "Revert \"\"",
    "v1.2.3",
    "1.2.3",
    "Release 1.2.3",
    "chore(release): 1.2.3 [skip ci]",
    "[skip release]",
    "[skip release] feat: x",
    "feat: x\n[skip release]",
    "{{repeat:a :60}}",
    "feat: {{repeat:long :40}}",
    "==",
    "\u{feff}feat: after a mark",
    "\u{a0}feat: after a blank",
    "\u{85}feat: after nel",
    "\n\nfeat: after blank lines",
    "  feat: indented",
    "\tfix: tabbed",
    "\u{200b}feat: zero width",
    "\u{2028}fix: separated",
    "\r\nfix: after crlf",
];
/// Lines of a body.
const LINES: &[&str] = &[
    "Some prose that explains it.",
    "and goes on",
    "",
    "",
    "BREAKING CHANGE: gone",
    "BREAKING CHANGE: gone",
    "BREAKING-CHANGE: gone",
    "BREAKING CHANGE gone",
    "BREAKING-CHANGE gone",
    "BREAKING CHANGE:",
    "BREAKING CHANGE: ",
    "BREAKING CHANGE",
    "BREAKING CHANGE ",
    "BREAKING CHANGE:gone",
    "BREAKING CHANGE #5",
    "BREAKING CHANGE : gone",
    "BREAKING CHANGES: gone",
    "BREAKING  CHANGE: gone",
    "BREAKING_CHANGE: gone",
    "BREAKINGCHANGE: gone",
    "breaking change: gone",
    "Breaking Change: gone",
    "breaking-change: gone",
    "breaking change is what this is",
    " BREAKING CHANGE: gone",
    "\tBREAKING CHANGE: gone",
    "* BREAKING CHANGE: gone",
    "- BREAKING CHANGE: gone",
    "**BREAKING CHANGE**: gone",
    "**BREAKING CHANGE:** gone",
    "*BREAKING CHANGE:* gone",
    "> BREAKING CHANGE: gone",
    "| BREAKING CHANGE: gone",
    "|BREAKING CHANGE: gone",
    "# BREAKING CHANGE: gone",
    "// BREAKING CHANGE: gone",
    "\u{a0}BREAKING CHANGE: gone",
    "\u{feff}BREAKING CHANGE: gone",
    "\u{2003}BREAKING CHANGE: gone",
    "\u{85}BREAKING CHANGE: gone",
    "BREAKING\u{a0}CHANGE: gone",
    "BREAKING CHANGE\u{a0}gone",
    "BREAKING CHANGE\u{85}gone",
    "BREAKING CHANGE\tgone",
    "x BREAKING CHANGE: gone",
    "*** BREAKING CHANGE: gone",
    "* * BREAKING CHANGE: gone",
    "BREA\u{212a}ING CHANGE: gone",
    "BREAKING CHANGE：gone",
    "text\rBREAKING CHANGE: gone",
    "text\u{2028}BREAKING CHANGE: gone",
    "text\u{b}BREAKING CHANGE: gone",
    "# a comment",
    "# ------------------------ >8 ------------------------",
    "gpg: Good signature",
    "Signed-off-by: A <a@example.org>",
    "Co-authored-by: B <b@example.org>",
    "Reviewed-by: Z",
    "Closes #1",
    "closes #1, #2",
    "fixes a/b#3",
    "refs #9",
    "GH-8",
    "Resolves: #4",
    "[skip release]",
    "[release skip]",
    "[skip\nrelease]",
    "[skip-release]",
    "[skip\u{a0}release]",
    "feat: inside",
    "fix!: inside",
    "* feat: inside",
    "- fix: inside",
    "Release-As: 9.0.0",
    "release-as: 3.0.0",
    "Thanks to @someone",
    "```",
    "    code",
    "- item",
    "- item -",
    "* item",
    "-- ",
    "1. one",
    "==",
    "== FIELD ==",
    "Revert \"feat: one\"",
    "This reverts commit 0123456789abcdef0123456789abcdef01234567.",
    "http://example.org/x?y#1",
    "{{version}}",
    "\u{2029}",
    "🎉",
    "日本語",
    "tail ",
    "#",
    ":",
    "!",
    "-",
    "--",
    "\\",
];
const BREAKS: &[&str] = &[
    "\n", "\n", "\n", "\n", "\n\n", "\n\n", "\n\n\n", "\r\n", "\r\n\r\n", "\n \n", "\r", "\n\r\n",
];
/// Single characters that programs tell apart.
const LETTERS: &[&str] = &[
    "a", "b", "Z", "0", " ", " ", "\t", "\n", "\r", ":", "!", "(", ")", "#", "-", "*", "[", "]", "/", "@",
    "\"", "\u{a0}", "\u{85}", "\u{feff}", "\u{2028}", "\u{2003}", "\u{200b}", "\u{b}", "\u{c}", "\u{1f}",
    "\u{7f}", "é", "ß", "İ", "ſ", "\u{212a}", "😀",
];

/// What an earlier commit said, for those that take it back.
pub struct Earlier {
    pub index: usize,
    pub header: String,
}

/// The text of a commit.
pub fn message(dice: &mut Dice, earlier: &[Earlier]) -> String {
    let mut text = match dice.below(100) {
        0..10 if !earlier.is_empty() => return revert(dice, earlier),
        0..74 => conventional(dice),
        74..94 => dice.pick(HEADERS).to_owned(),
        _ => noise(dice),
    };
    if dice.below(3) == 0 {
        text.push_str(if dice.below(10) == 0 {
            dice.pick(BREAKS)
        } else {
            "\n\n"
        });
        text.push_str(&body(dice));
    }
    if dice.below(4) == 0 {
        text.push('\n');
    }
    text
}

fn conventional(dice: &mut Dice) -> String {
    // Most of them plain: otherwise nearly every history would be a major release.
    if dice.below(2) == 0 {
        let kinds = ["feat", "fix", "fix", "chore", "docs", "perf", "refactor"];
        return format!(
            "{}{}: {}",
            dice.pick(&kinds),
            dice.pick(&["", "", "(api)"]),
            dice.pick(&SUBJECTS[..8])
        );
    }
    [TYPES, SCOPES, BANGS, COLONS, SUBJECTS]
        .map(|words| dice.pick(words))
        .concat()
}

fn body(dice: &mut Dice) -> String {
    let mut text = String::new();
    for index in 0..=dice.below(5) {
        if index > 0 {
            text.push_str(if dice.below(4) == 0 {
                dice.pick(BREAKS)
            } else {
                "\n"
            });
        }
        // Half of the lines are prose, so that bodies without a breaking change are not rare.
        match dice.below(20) {
            0..8 => text.push_str(dice.pick(&LINES[..4])),
            8..19 => text.push_str(dice.pick(LINES)),
            _ => text.push_str(&noise(dice)),
        }
    }
    text
}

fn noise(dice: &mut Dice) -> String {
    (0..dice.below(14)).map(|_| dice.pick(LETTERS)).collect()
}

/// The revert of an earlier commit: as git writes it, or slightly wrong.
fn revert(dice: &mut Dice, earlier: &[Earlier]) -> String {
    let one = &earlier[dice.below(earlier.len())];
    let hash = format!("{{{{hash:{}}}}}", one.index);
    let short = format!("{{{{short:{}}}}}", one.index);
    let header = &one.header;
    match dice.below(20) {
        0..9 => format!("Revert \"{header}\"\n\nThis reverts commit {hash}.\n"),
        9 => format!("Revert \"{header}\"\n\nThis reverts commit {hash}"),
        10 => format!("Revert \"{header}\"\n\nThis reverts commit {short}."),
        11 => format!("Revert \"{header}\"\n\nBecause.\n\nThis reverts commit {hash}."),
        12 => format!("Revert \"{header} \"\n\nThis reverts commit {hash}."),
        13 => format!("revert: {header}\n\nThis reverts commit {hash}."),
        14 => format!("Reapply \"{header}\"\n\nThis reverts commit {hash}."),
        15 => format!("Revert \"{header}\"\r\n\r\nThis reverts commit {hash}.\r\n"),
        16 => format!("revert {header}\n\nThis reverts commit {hash}."),
        17 => format!("Revert \"{header}\"\n\nThis reverts commit {hash}.\n\n[skip release]"),
        18 => {
            format!("Revert \"{header}\"\n\nThis reverts commit {hash}, reversing\nchanges made to {hash}.")
        }
        _ => format!("Revert \"{header}\" This reverts commit {hash}.\n\nBREAKING CHANGE: gone"),
    }
}
