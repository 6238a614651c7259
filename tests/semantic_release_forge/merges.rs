//! The promise: what a pull request is told is what its merge releases. 100 merges by the forge, in all of its styles.

use serde_json::{Value, json};

use crate::bed::{Bed, manifest};
use crate::gitea::git;

const STYLES: [&str; 5] = ["merge", "rebase", "rebase-merge", "squash", "fast-forward-only"];

/// Messages of commits that are easy to get wrong. `%h` is the hash of an earlier commit of the pull request, `%s` its subject.
const MESSAGES: &[&str] = &[
    "feat: a thing",
    "fix(scope): another thing",
    "feat!: all is new",
    "feat(api)!: all of it",
    "fix!: gone",
    "chore: tidy",
    "docs: say it",
    "style: spaces",
    "perf: faster\n\nBREAKING CHANGE: all is other",
    "fix: more\n\nBREAKING-CHANGE: with a dash",
    "fix: less\n\nBREAKING CHANGE without a colon",
    "fix: an indented footer\n\n  BREAKING CHANGE: perhaps",
    "fix: text on the next line\n\nBREAKING CHANGE:\nthere",
    "Feat: upper case",
    "FIX: louder",
    "feat : a space",
    "feat:no space",
    "feat(): no scope",
    "fix(a b): a scope with a space",
    "feat(core)",
    "feat: ünï © 🎉",
    "fix: carriage returns\r\n\r\nBREAKING CHANGE: with them\r\n",
    "docs: trailing lines\n\n\n\nand spaces   \n\n\n",
    "# feat: like a comment",
    "docs: x\n\n# BREAKING CHANGE: like a comment",
    "just words",
    "wip",
    "init",
    "fix: x\n\nfeat: no header",
    "docs: x\n\n* feat: listed\n* fix: listed",
    "feat: skipped [skip release]",
    "[release skip] feat: skipped too",
    "Merge branch 'feat: x' into topic",
    "Merge pull request 'feat: x' (#3) from topic into master",
    "fixup! feat: later",
    "squash! feat: later",
    "Revert \"%s\"\n\nThis reverts commit %h.",
    "revert: %s\n\nThis reverts commit %h.",
    "fix: named\n\ncloses #1, refs o/n#2\n\nCo-authored-by: Ann <ann@example.org>\nSigned-off-by: Bob <bob@example.org>",
    "docs: @ann, see ::error::x and <!-- -->",
];

/// Titles that are no message of the above.
const TITLES: &[&str] = &[
    "Feature: a topic",
    "feat: the whole topic",
    "fix: `code` and $(x) ${BaseBranch}",
    "chore!: break",
    "docs: \"quoted\" 'twice'",
    "Revert \"feat: a thing\"",
    "[skip release] fix: quiet",
    "topic",
];

/// Descriptions. `%h` is the last commit of the branch that is merged into.
const BODIES: &[&str] = &[
    "",
    "Why, and how.",
    "Why.\n\nBREAKING CHANGE: in the description",
    "Why.\r\n\r\nBREAKING CHANGE: from a form\r\nwith two lines\r\n\r\nEnd.\r\n",
    "\r\n\r\n   feat: in the description",
    "```\nBREAKING CHANGE: in code\n```",
    "<!-- BREAKING CHANGE: hidden -->",
    "> BREAKING CHANGE: quoted",
    "- [ ] feat: a task\n- [x] fix!: another",
    "This reverts commit %h.",
    "closes #1\n\n[skip release]",
    "Signed-off-by: Ann <ann@example.org>\nBREAKING-CHANGE: among footers",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("small") % sides
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }
}

/// One repository with its share of the merges.
struct Share {
    bed: Bed,
    dice: Dice,
    packages: &'static [&'static str],
    files: u32,
    last: Option<(String, String)>,
}

impl Share {
    fn new(name: &str, seed: u64, packages: &'static [&'static str]) -> Self {
        let bed = Bed::new(name);
        let dice = Dice(seed | 1);
        let first = [(
            "package.json",
            manifest("root", ",\n  \"workspaces\": [\"packages/*\"]"),
        )];
        let mut files: Vec<(String, String)> = first.map(|(name, text)| (name.to_owned(), text)).into();
        for (at, package) in packages.iter().enumerate() {
            // Each needs the one before it, so that releases ripple.
            let needs = match at {
                0 => String::new(),
                _ => format!(",\n  \"dependencies\": {{\"{}\": \"^1.0.0\"}}", packages[at - 1]),
            };
            files.push((
                format!("packages/{package}/package.json"),
                manifest(package, &needs),
            ));
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        bed.commit("docs: begin", &files);
        bed.push("HEAD:refs/heads/master");
        let options = json!({"allow_fast_forward_only_merge": true, "allow_rebase_explicit": true, "allow_rebase": true,
            "allow_squash_merge": true, "allow_merge_commits": true});
        let answer = bed
            .server
            .api("PATCH", &bed.api(""), &bed.server.token, Some(&options));
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self {
            bed,
            dice,
            packages,
            files: 0,
            last: None,
        }
    }

    fn args(&self) -> Vec<&'static str> {
        let auto: &[&str] = if self.packages.is_empty() {
            &[]
        } else {
            &["--packages=auto"]
        };
        [&["--format=json"], auto].concat()
    }

    /// A commit with a message from the table, in a place of its own, so that nothing conflicts.
    fn commit(&mut self) {
        let template = self.dice.pick(MESSAGES);
        let (hash, subject) = self
            .last
            .clone()
            .unwrap_or_else(|| ("1".repeat(40), "nothing".to_owned()));
        let message = template.replace("%h", &hash).replace("%s", &subject);
        self.files += 1;
        let folder = match self.dice.roll(self.packages.len() + 1) {
            0 => "docs".to_owned(),
            at => format!("packages/{}", self.packages[at - 1]),
        };
        let name = format!("{folder}/{}.txt", self.files);
        // Now and then a commit changes nothing at all.
        let files: &[(&str, &str)] = if self.dice.roll(12) == 0 {
            &[]
        } else {
            &[(&name, &message)]
        };
        let sha = self.bed.commit(&message, files);
        self.last = Some((sha, message.lines().next().unwrap_or_default().to_owned()));
    }

    /// The proposed branch: new, or behind its base, or with a merge of it.
    fn branch(&mut self, number: usize, style: &str) -> String {
        let name = format!("topic-{number}");
        let behind = style != "fast-forward-only" && self.dice.roll(3) == 0;
        let base = self.bed.git(&["rev-parse", "HEAD"]);
        if behind && self.bed.git(&["rev-list", "--count", "HEAD"]) != "1" {
            self.bed.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
        }
        for _ in 0..=self.dice.roll(3) {
            self.commit();
        }
        match self.dice.roll(5) {
            0 if behind => {
                drop(
                    self.bed
                        .git(&["merge", "--quiet", "--no-ff", "--message=fix: catch up", &base]),
                )
            }
            1 => {
                let here = self.bed.git(&["rev-parse", "HEAD"]);
                self.bed.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
                self.commit();
                self.bed.git(&[
                    "merge",
                    "--quiet",
                    "--no-ff",
                    "--message=feat: side\n\nBREAKING CHANGE: x",
                    &here,
                ]);
            }
            _ => {}
        }
        self.bed.push(&format!("HEAD:refs/heads/{name}"));
        name
    }

    /// Predicts one pull request, merges it, and asks what is released then. Gives what went wrong.
    fn merge(&mut self, number: usize) -> Result<(), String> {
        let style = STYLES[number % STYLES.len()];
        // The merge before this one left the clone on the newest commit.
        let base = self.bed.git(&["rev-parse", "HEAD"]);
        let branch = self.branch(number, style);
        let title = match self.dice.roll(2) {
            0 => self.dice.pick(TITLES).to_owned(),
            _ => self
                .dice
                .pick(MESSAGES)
                .lines()
                .next()
                .unwrap_or_default()
                .replace("%s", "feat: a thing"),
        };
        let body = self.dice.pick(BODIES).replace("%h", &base);
        let pull = self.bed.open(&branch, &title, &body);
        let history = self
            .bed
            .git(&["log", "--format=%h %p %B---", &format!("{base}..HEAD")]);
        let args = self.args();
        let told = self.bed.proposed(pull).args(&args).go();
        told.ends(0, &[]);
        let told = told.json();
        let merges = told["merges"].as_array().expect("a list");
        let merge = merges.iter().find(|merge| merge["style"] == style);
        let merge = merge.unwrap_or_else(|| panic!("{style} is not in {told}"));
        self.by_the_forge(pull, style, &body);
        self.bed.fetch();
        let after = self.bed.pushed().args(&args).args(&["--dry-run"]).go();
        after.ends(0, &[]);
        let after = after.json();
        let (predicted, released) = (nexts(merge), nexts(&after));
        if self.dice.roll(4) == 0 {
            self.release(&after);
        }
        if predicted == released {
            return Ok(());
        }
        let log = self
            .bed
            .git(&["log", "--format=%h %p %B---", &format!("{base}..HEAD")]);
        Err(format!(
            "#{pull} by {style}: predicted {predicted:?}, released {released:?}\ntitle: {title:?}\nbody: {body:?}\nproposed:\n{history}\nmerged:\n{log}\n"
        ))
    }

    /// Merges as the form does: it sends the description with a squash.
    fn by_the_forge(&self, pull: u64, style: &str, body: &str) {
        let mut ask = json!({"do": style});
        if style == "squash" {
            ask["merge_message_field"] = json!(body);
        }
        let path = self.bed.api(&format!("/pulls/{pull}/merge"));
        for _ in 0..300 {
            let answer = self
                .bed
                .server
                .api("POST", &path, &self.bed.server.token, Some(&ask));
            if answer.status == 200 {
                return;
            }
            // The forge checks in the background whether it conflicts.
            let later = answer.body["message"]
                .as_str()
                .is_some_and(|text| text.contains("try again later"));
            assert!(later, "{style}: {} {}", answer.status, answer.body);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("#{pull} cannot be merged by {style}");
    }

    /// Tags what would be released.
    fn release(&self, plan: &Value) {
        let packages = plan["packages"].as_array().expect("a list");
        for tag in packages.iter().filter_map(|package| package["tag"].as_str()) {
            git(
                &self.bed.work(),
                &["tag", "--annotate", "--message=released", tag],
                None,
            );
            self.bed.push(&format!("{tag}:refs/tags/{tag}"));
        }
    }
}

/// Name, version and kind of all packages.
fn nexts(plan: &Value) -> Vec<String> {
    let packages = plan["packages"].as_array().expect("a list");
    packages
        .iter()
        .map(|package| format!("{} {} {}", package["name"], package["next"], package["type"]))
        .collect()
}

#[test]
fn of_100_merges_the_prediction_is_what_is_released() {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time");
    let seed = match std::env::var("FOUNDATION_TEST_SEED") {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => u64::from(now.subsec_nanos()) << 16,
    };
    eprintln!("FOUNDATION_TEST_SEED={seed}");
    let shares: [&'static [&'static str]; 4] = [&[], &["a", "b", "c"], &[], &["one", "two"]];
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = shares
            .into_iter()
            .enumerate()
            .map(|(at, packages)| {
                scope.spawn(move || {
                    let own = seed ^ (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let mut share = Share::new(&format!("merges-{at}"), own, packages);
                    (0..25)
                        .filter_map(|number| share.merge(number).err())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "seed {seed}: {} of 100 differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    eprintln!("100 of 100 agree");
}
