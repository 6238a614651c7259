// What the real semantic-release would release, as JSON: a dry run by the program's own interface, whose answer is what its command line
// prints. Needs no network: the remote is a folder.
//
//   ask.mjs MODULES            one answer about the working directory, in a fresh process
//   ask.mjs MODULES --serve    a line with a folder in, a line with its answer out, until the input ends
//   ask.mjs MODULES --cli      one answer, taken from what the command line itself prints
//   ask.mjs MODULES --release  no dry run: tags are made and pushed
import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { join } from "node:path";
import readline from "node:readline";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";

const [modules, mode] = process.argv.slice(2);
const program = join(modules, "semantic-release");

// Nothing of the machine may decide: neither its git settings nor a CI service that it seems to be.
const env = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
  TZ: "UTC",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Parity Test",
  GIT_AUTHOR_EMAIL: "parity@example.org",
  GIT_COMMITTER_NAME: "Parity Test",
  GIT_COMMITTER_EMAIL: "parity@example.org",
};

// The program wants an address that notes can link to; git itself goes to the folder that is the clone's remote.
const repositoryUrl = "https://forge.example.org/acme/demo";

function environment(cwd) {
  const remote = spawnSync("git", ["config", "--get", "remote.origin.url"], { cwd, env, encoding: "utf8" }).stdout.trim();
  return { ...env, GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: `url.${remote}.insteadOf`, GIT_CONFIG_VALUE_0: repositoryUrl };
}

const why = [
  [/^The local branch .* is behind the remote one/, "behind-remote"],
  [/^This test run was triggered on the branch /, "branch-not-configured"],
  [/^There are no relevant changes/, "no-relevant-changes"],
];

/** What the log says beside the result. Each entry is one message: a commit's text cannot look like another one. */
function read(messages) {
  const found = { last: null, lastTag: null, why: null, commits: null, addToChannel: [] };
  let decided = false;
  for (const message of messages) {
    const parts = /^\[[^\]]*\] \[semantic-release\] › \S+\s+([^]*)$/.exec(message);
    if (!parts) continue;
    const text = parts[1];
    const last = /^Found git tag (.+) associated with version (.+) on branch /.exec(text);
    const skipped = /^Skip (.+) tag creation in dry-run mode/.exec(text);
    const commits = /^Found (\d+) commits since last release/.exec(text);
    const next = /^(?:The next release version is|There is no previous release, the next release version is) (\S+)/.exec(text);
    const code = /^(E[A-Z]+) /.exec(text);
    if (last) [decided, found.lastTag, found.last] = [true, last[1], last[2]];
    else if (text.startsWith("No git tag version found on branch ")) decided = true;
    else if (skipped && !decided) found.addToChannel.push(skipped[1]);
    else if (commits && decided) found.commits = Number(commits[1]);
    else if (next) found.version = next[1];
    else if (code) found.errors = [...(found.errors ?? []), code[1]];
    for (const [pattern, word] of why) if (pattern.test(text)) found.why = word;
  }
  return found;
}

async function ask(semanticRelease, cwd, dryRun = true) {
  const messages = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      messages.push(stripVTControlCharacters(String(chunk)).trimEnd());
      done();
    },
  });
  // Some of the program's calls of git take the environment of the process instead of the one that is given.
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment(cwd));
  try {
    const result = await semanticRelease({ dryRun, ci: false, repositoryUrl }, { cwd, env: { ...process.env }, stdout: stream, stderr: stream });
    const { last, lastTag, why, commits, addToChannel } = read(messages);
    const next = (result && result.nextRelease) || {};
    return {
      type: next.type ?? null,
      version: next.version ?? null,
      last,
      tag: next.gitTag ?? null,
      channel: next.channel ?? null,
      lastTag,
      commits,
      addToChannel,
      why,
      notes: next.notes ?? null,
    };
  } catch (error) {
    const errors = Array.isArray(error?.errors) ? error.errors : error?.[Symbol.iterator] ? [...error] : [error];
    const { last } = read(messages);
    return { error: errors[0]?.code ?? errors[0]?.name ?? "Error", errors: errors.map((one) => one?.code ?? one?.name), message: errors[0]?.message, last };
  }
}

/** The command line itself, as a person would type it. */
function commandLine(cwd) {
  const run = spawnSync(process.execPath, [join(program, "bin/semantic-release.js"), "--dry-run", "--no-ci", "--repository-url", repositoryUrl], {
    cwd,
    env: environment(cwd),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const lines = (text) => stripVTControlCharacters(text).split("\n");
  const found = read([...lines(run.stdout), ...lines(run.stderr)]);
  if (run.status !== 0) return { error: found.errors?.[0] ?? "Error", last: found.last };
  return { version: found.version ?? null, last: found.last, lastTag: found.lastTag, commits: found.commits, why: found.why };
}

const answer = (value) => writeSync(1, `${JSON.stringify(value)}\n`);

if (mode === "--cli") {
  answer(commandLine(process.cwd()));
} else {
  const { default: semanticRelease } = await import(pathToFileURL(join(program, "index.js")));
  if (mode === "--serve") {
    for await (const folder of readline.createInterface({ input: process.stdin })) answer(await ask(semanticRelease, folder));
  } else {
    answer(await ask(semanticRelease, process.cwd(), mode !== "--release"));
  }
}
