//! Made-up repositories for tests and benches: the same seed gives the same bytes, on every machine.
//!
//! Included with `#[path]`, so what one user leaves unused is used by another.
#![allow(dead_code, reason = "tests and benches each use a part of this")]
#![allow(
    clippy::disallowed_methods,
    reason = "git is started to make the repository, not by the product"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// How many files of each kind a repository has.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Where the made-up code begins.
    pub seed: u64,
    /// JavaScript files, besides the eslint configuration.
    pub javascript: usize,
    /// YAML files, besides `.yamllint`.
    pub yaml: usize,
    /// Shell scripts; every fifth has a shebang and no extension.
    pub shell: usize,
}

impl Shape {
    /// The repository of the promises in `docs/speed.md`: 900 files.
    pub const SMALL: Self = Self {
        seed: 4,
        javascript: 600,
        yaml: 200,
        shell: 100,
    };

    /// The same mixture, 50,000 files.
    pub const LARGE: Self = Self {
        seed: 4,
        javascript: 33_334,
        yaml: 11_111,
        shell: 5_555,
    };

    /// All linted files.
    #[must_use]
    pub fn files(&self) -> usize {
        self.javascript + self.yaml + self.shell
    }
}

/// The languages of a made-up file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// For eslint.
    JavaScript,
    /// For yamllint.
    Yaml,
    /// For shellcheck.
    Shell,
}

/// A small generator of numbers (SplitMix64), so that a new version of a crate cannot change the repository.
pub struct Dice(pub u64);

impl Dice {
    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap_or(0)
    }

    /// One of these.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const THINGS: &[&str] = &[
    "order", "invoice", "vessel", "voyage", "berth", "tariff", "crew", "cargo", "permit", "route", "signal",
    "depot",
];
const DEEDS: &[&str] = &[
    "load", "check", "merge", "price", "rank", "trim", "plan", "audit", "pack", "score",
];
const FIELDS: &[&str] = &[
    "weight", "length", "amount", "delay", "depth", "priority", "volume", "distance",
];

/// Functions a module is made of: `@T` is a thing, `@D` a deed, `@F` a field, `@I` the function's number, `@N` a number.
const FUNCTIONS: &[&str] = &[
    "export function @D@T@I(@ts) {
  const found = [];
  for (const @t of @ts) {
    if (@t.@F > @N && !@t.cancelled) {
      found.push({ ...@t, checkedAt: @t.updatedAt ?? null });
    }
  }
  return found.sort((a, b) => a.@F - b.@F);
}
",
    "export async function @D@T@I(store, id) {
  const @t = await store.get(`@t/${id}`);
  if (@t === undefined) {
    throw new RangeError(`no @t ${id}`);
  }
  try {
    const total = @t.lines.reduce((sum, line) => sum + line.@F * line.count, 0);
    return { id, total, late: total > @N };
  } catch (error) {
    console.warn(`@t ${id} has no lines`, error);
    return { id, total: 0, late: false };
  }
}
",
    "/** Groups @ts by their @F, in steps of @N. */
export const group@T@I = (@ts) => {
  const groups = new Map();
  for (const { @F, name } of @ts) {
    const step = Math.floor(@F / @N);
    const names = groups.get(step) ?? [];
    names.push(name.trim().toLowerCase());
    groups.set(step, names);
  }
  return Object.fromEntries([...groups].filter(([, names]) => names.length > 1));
};
",
    "export class @T@IQueue {
  #waiting = [];

  constructor(limit = @N) {
    this.limit = limit;
  }

  add(@t) {
    if (this.#waiting.length >= this.limit) {
      const [oldest] = this.#waiting.splice(0, 1);
      console.info(\"dropped\", oldest.id);
    }
    this.#waiting.push(@t);
    return this.#waiting.length;
  }

  *byField() {
    yield* [...this.#waiting].sort((a, b) => b.@F - a.@F);
  }
}
",
    "export function parse@T@I(text) {
  const match = /^(?<id>[a-z]+-\\d+)\\s+(?<value>\\d+(?:\\.\\d+)?)$/u.exec(text);
  switch (match?.groups?.id.at(0)) {
    case undefined:
      return null;
    case \"x\":
      return { kind: \"@t\", @F: Number(match.groups.value) };
    default:
      return { kind: \"other\", @F: Math.min(@N, Number(match.groups.value)) };
  }
}
",
];

fn javascript(dice: &mut Dice) -> String {
    let thing = dice.pick(THINGS);
    let mut text = format!("// What the service knows about a {thing}.\n");
    let lines = 60 + dice.below(80);
    let mut number = 0;
    while text.lines().count() < lines {
        number += 1;
        let function = FUNCTIONS[dice.below(FUNCTIONS.len())]
            .replace("@ts", &format!("{thing}s"))
            .replace("@t", thing)
            .replace("@T", &capital(thing))
            .replace("@D", dice.pick(DEEDS))
            .replace("@F", dice.pick(FIELDS))
            .replace("@I", &number.to_string())
            .replace("@N", &(2 + dice.below(500)).to_string());
        text.push('\n');
        text.push_str(&function);
    }
    text
}

fn yaml(dice: &mut Dice) -> String {
    let thing = dice.pick(THINGS);
    let mut text = format!("# How the {thing} service is deployed.\nname: {thing}-service\nservices:\n");
    let lines = 60 + dice.below(60);
    let mut number = 0;
    while text.lines().count() < lines {
        number += 1;
        let _ = write!(
            text,
            "  {deed}-{number}:\n    image: registry.example.org/{thing}/{deed}:{major}.{minor}\n    restart: unless-stopped\n    \
             environment:\n      LOG_LEVEL: info\n      {field}_LIMIT: \"{limit}\"\n    ports: [{port}, {other}]\n    healthcheck:\n      \
             test: [\"CMD\", \"wget\", \"-q\", \"http://localhost:{port}/health\"]\n      interval: {limit}s\n      retries: 3\n    \
             labels:\n      - team={thing}\n      - >-\n        a longer note about {deed}, which goes on\n        over two lines\n",
            deed = dice.pick(DEEDS),
            major = dice.below(9),
            minor = dice.below(30),
            field = dice.pick(FIELDS).to_uppercase(),
            limit = 5 + dice.below(90),
            port = 8000 + dice.below(900),
            other = 9000 + dice.below(900),
        );
    }
    text
}

const STEPS: &[&str] = &[
    "@D_@T_@I() {
  local file=$1 count=0
  while IFS= read -r line; do
    [ -n \"$line\" ] || continue
    count=$((count + 1))
    printf '%s\\n' \"${line%%:*}\"
  done < \"$file\"
  [ \"$count\" -gt @N ] || echo \"few lines in $file\" >&2
}
",
    "clean_@T_@I() {
  local folder=${1:?a folder}
  for file in \"$folder\"/*.tmp; do
    case $file in
      *.keep.tmp) continue ;;
      *) rm -f -- \"$file\" ;;
    esac
  done
}
",
    "fetch_@T_@I() {
  local url=$1 target=$2 try
  for try in 1 2 3; do
    if curl --fail --silent --max-time @N --output \"$target\" \"$url\"; then
      return 0
    fi
    sleep \"$try\"
  done
  return 1
}
",
    "count_@T_@I() {
  local -a names=()
  mapfile -t names < <(find \"$1\" -name '*.@F' -size +@Nk | sort)
  echo \"${#names[@]} files\"
  if [ \"${#names[@]}\" -gt 0 ]; then
    wc -c \"${names[@]}\" | tail -n 1 | awk '{ print $1 / 1024 }'
  fi
}
",
];

fn shell(dice: &mut Dice) -> String {
    let thing = dice.pick(THINGS);
    let mut text =
        format!("#!/usr/bin/env bash\n# Looks after the files of every {thing}.\nset -euo pipefail\n");
    let mut calls = String::new();
    let lines = 60 + dice.below(40);
    let mut number = 0;
    while text.lines().count() + number < lines {
        number += 1;
        let step = STEPS[dice.below(STEPS.len())]
            .replace("@D", dice.pick(DEEDS))
            .replace("@T", thing)
            .replace("@F", dice.pick(FIELDS))
            .replace("@I", &number.to_string())
            .replace("@N", &(2 + dice.below(60)).to_string());
        let name = step.split('(').next().unwrap_or_default();
        let _ = writeln!(calls, "{name} \"$1\" \"${{2:-/tmp/{thing}}}\"");
        text.push('\n');
        text.push_str(&step);
    }
    text.push('\n');
    text.push_str(&calls);
    text
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// One made-up file: its path, its language, its text.
#[must_use]
pub fn file(shape: &Shape, index: usize) -> (String, Language, String) {
    let mut dice = Dice(shape.seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
    let (deed, thing) = (dice.pick(DEEDS), dice.pick(THINGS));
    let area = format!("services/{thing}-{}", index / 90);
    if index < shape.javascript {
        let path = format!("{area}/src/{deed}-{index}.js");
        (path, Language::JavaScript, javascript(&mut dice))
    } else if index < shape.javascript + shape.yaml {
        let end = if index.is_multiple_of(2) { "yml" } else { "yaml" };
        (
            format!("{area}/deploy/{deed}-{index}.{end}"),
            Language::Yaml,
            yaml(&mut dice),
        )
    } else {
        let end = if index.is_multiple_of(5) { "" } else { ".sh" };
        (
            format!("{area}/scripts/{deed}-{index}{end}"),
            Language::Shell,
            shell(&mut dice),
        )
    }
}

const ESLINT_CONFIG: &str = r#"// No imports: this file works with any eslint, installed or not.
const globals = ["console", "fetch", "process", "URL"];
const rules = [
  "constructor-super", "curly", "eqeqeq", "for-direction", "getter-return", "no-async-promise-executor", "no-case-declarations",
  "no-class-assign", "no-cond-assign", "no-const-assign", "no-constant-condition", "no-control-regex", "no-dupe-args",
  "no-dupe-class-members", "no-dupe-else-if", "no-dupe-keys", "no-duplicate-case", "no-empty", "no-ex-assign",
  "no-fallthrough", "no-func-assign", "no-global-assign", "no-import-assign", "no-irregular-whitespace",
  "no-loss-of-precision", "no-misleading-character-class", "no-prototype-builtins", "no-redeclare", "no-regex-spaces",
  "no-self-assign", "no-setter-return", "no-shadow-restricted-names", "no-sparse-arrays", "no-this-before-super", "no-undef",
  "no-unreachable", "no-unsafe-finally", "no-unsafe-optional-chaining", "no-unused-vars", "no-useless-escape", "no-var",
  "prefer-const", "require-yield", "use-isnan", "valid-typeof",
];

export default [
  {
    files: ["**/*.js"],
    languageOptions: { globals: Object.fromEntries(globals.map((name) => [name, "readonly"])) },
    rules: Object.fromEntries(rules.map((name) => [name, "error"])),
  },
];
"#;

const YAMLLINT: &str = "extends: default\nrules:\n  document-start: disable\n  line-length: {max: 120}\n  truthy: {check-keys: false}\n";

/// Writes the repository: files, configuration, one commit.
///
/// # Errors
/// What the file system or git says.
pub fn repository(root: &Path, shape: &Shape) -> io::Result<()> {
    fs::create_dir_all(root)?;
    fs::write(root.join("eslint.config.js"), ESLINT_CONFIG)?;
    fs::write(root.join(".yamllint"), YAMLLINT)?;
    fs::write(
        root.join("package.json"),
        "{ \"name\": \"made-up\", \"private\": true, \"type\": \"module\" }\n",
    )?;
    for index in 0..shape.files() {
        let (path, _, text) = file(shape, index);
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    git(root, &["init", "--quiet", "--initial-branch=master"])?;
    git(root, &["add", "--all"])?;
    git(root, &["commit", "--quiet", "--message=feat: begin"])
}

/// Writes a bare repository with a long history: every commit changes one of `files` files.
///
/// # Errors
/// What the file system or git says.
pub fn history(bare: &Path, seed: u64, commits: usize, files: usize) -> io::Result<()> {
    fs::create_dir_all(bare)?;
    git(bare, &["init", "--quiet", "--bare", "--initial-branch=master"])?;
    git(bare, &["config", "uploadpack.allowAnySHA1InWant", "true"])?;
    git(bare, &["config", "uploadpack.allowFilter", "true"])?;
    let mut child = program(bare, &["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    {
        let stdin = child.stdin.take().ok_or_else(|| io::Error::other("no stdin"))?;
        let mut stream = BufWriter::new(stdin);
        let mut dice = Dice(seed);
        for commit in 0..commits {
            let which = commit % files;
            let text = javascript(&mut dice);
            let path = history_path(seed, which);
            let time = 1_600_000_000 + commit * 600;
            let message = format!("fix: change {path}");
            write!(
                stream,
                "commit refs/heads/master\ncommitter Made Up <made-up@example.org> {time} +0000\ndata {}\n{message}\nM 100644 inline {path}\ndata {}\n{text}\n",
                message.len(),
                text.len()
            )?;
        }
        stream.flush()?;
    }
    if child.wait()?.success() {
        Ok(())
    } else {
        Err(io::Error::other("git fast-import failed"))
    }
}

fn history_path(seed: u64, index: usize) -> String {
    let mut dice = Dice(seed.wrapping_add(index as u64));
    format!("src/{}/{}-{index}.js", dice.pick(THINGS), dice.pick(DEEDS))
}

/// Runs git in a folder, whatever this machine's git is configured to do.
///
/// # Errors
/// When git cannot be run or does not succeed.
pub fn git(folder: &Path, arguments: &[&str]) -> io::Result<()> {
    if program(folder, arguments).status()?.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("git {arguments:?} failed")))
    }
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].into_iter().flat_map(|who| {
            [
                (format!("GIT_{who}_NAME"), "Made Up"),
                (format!("GIT_{who}_EMAIL"), "made-up@example.org"),
                (format!("GIT_{who}_DATE"), "1700000000 +0000"),
            ]
        }));
    git
}
