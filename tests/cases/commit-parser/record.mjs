// Prints [options, message, answer] as JSON lines, the answers of conventional-commits-parser 6.4.0; `README.md` says more.
// Run as `node record.mjs SEED COUNT`.
import {CommitParser} from 'conventional-commits-parser';
import conventional from 'conventional-changelog-conventionalcommits';
import angular from 'conventional-changelog-angular';

let state = Number(process.argv[2] || 1) >>> 0;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const pick = list => list[Math.floor(random() * list.length)];
const some = (list, most, least = 0) => Array.from({length: least + Math.floor(random() * (most - least + 1))}, () => pick(list)).join('');

// A line `-x-` has no meaning with us, unless the configuration has a pattern for it.
const presets = {conventionalcommits: {...(await conventional()).parser, fieldPattern: null}, angular: {...(await angular()).parser, fieldPattern: null}};
const options = [
  ['conventionalcommits', {}],
  ['angular', {}],
  ['conventionalcommits', {noteKeywords: ['BREAKING', ' MIGRATION ', '**BOLD**', 'löst'], issuePrefixes: ['#', 'gh-', 'JIRA-'], referenceActions: ['closes', 'fix', 'fix bug', 'löst']}],
  ['angular', {headerPattern: '^\\[(\\w*)\\](?: (\\w{2,4})?)? ?(.*)$', headerCorrespondence: ['tag', 'ticket', 'subject'], issuePrefixesCaseSensitive: true, issuePrefixes: ['gh-', 'é'], referenceActions: null}],
  ['conventionalcommits', {mergePattern: '^Merge (?<kind>branch|pull request #\\d+) (?<source>.*)$', mergeCorrespondence: ['kind', 'source', 'absent'], commentChar: '#', noteKeywords: null}],
  ['conventionalcommits', {fieldPattern: '^-(hash|type|sideNotes|body|)-$', issuePrefixes: null, revertPattern: '^back:? (.*?)(?: of (\\w+))?$', revertCorrespondence: ['header', 'hash', 'extra'], breakingHeaderPattern: null}],
];

const types = ['feat', 'fix', 'chore', 'Feat', '', 'feat2', 'build-x', 'größe', '_x', '[feat]', '[fix] ab1', 'revert', 'Revert', 'merge'];
const scopes = ['', '', '(api)', '(a/b)', '()', '( )', '(a)(b)', '(a(b))', '(a): b (c)', '(a', 'a)', '(é)', '(a\u2028b)'];
const marks = ['', '', '', '!', '!!', ' '];
const colons = [': ', ': ', ': ', ':', ' : ', ':\t', ':  ', ':\u00a0'];
const words = ['one', 'add it', 'x', '#1', 'closes #1', 'a/b#2', '/b#3', 'a/b/c#4', '#5,', '#6.', '(#7)', '##8', '#9#10', 'gh-11', 'GH-12', 'gh-gh-13', 'JIRA-14', 'é15', 'fix #16', 'fixes  #17 and #18', 'fix bug #19', 'Closes: #20', 'resolves #21 closes #22',
  'https://e.org/#23', 'http://#24 #25', 'xhttp://e #26', 'http://é #27', '@me', 'a@b.org', '@x-y', '@é', 'BREAKING CHANGE: no', 'say (b)!: c', '\r', '\u2028', '\u0085', '\ufeff', '\u00a0', '\f', '\u000b', ' ', '  ', '\t', '!', ':', '"', '`', '😀', 'ſ', '\u212a', 'K', 'closes', 'closed \u2028#28', 'lÖst #29', '[skip release]', '*', '|', '-', 'dis#30close #31', '.#32', '-#33', 'a.b-c/d_e#34;', '#a-b]', '#é', '# 35'];
const lines = ['', '', ' ', 'text', 'BREAKING CHANGE: gone', 'BREAKING-CHANGE: gone', 'breaking change gone', 'Breaking Change:', 'BREAKING CHANGE', 'BREAKING CHANGES: gone', '**BREAKING CHANGE:** gone', '**BREAKING CHANGE**: gone', '* BREAKING CHANGE: x', '| BREAKING CHANGE x', '- BREAKING CHANGE: x', '\ufeffBREAKING CHANGE: x', '\u0085BREAKING CHANGE: x', 'BREA\u212aING CHANGE: x', 'BREAKING CHANGE:: a\rb', 'BREAKING CHANGE\u2028: c\u2029d', 'BREAKING: x', 'migration  x', '**BOLD** x', '* **BOLD**: y', '***BOLD**: y', 'LÖST: z', 'gpg: Signature', '  gpg: x', 'xgpg: y', '---', '-hash-', '-type-', '-sideNotes-', '-body-', '--', '-notes-', '# comment', '# ------------------------ >8 ------------------------', 'Release-As: 1.2.3', 'Closes #40', 'fixes #41, #42', 'Refs: #43', 'closes', 'Signed-off-by: A <a@e.org>', 'Co-authored-by: B <b@e.org>', 'feat: two', 'Merge branch x', 'Merge pull request #44 y', '\r', 'a\rb #45', 'closing #46', 'This reverts commit 0123abcdef.', 'This reverts commit 0123456.', 'this REVERTS commit abc', '"', ' "', '  This reverts commit ab.'];
const subjects = () => some(words.map(word => word + pick(['', ' '])), 2, 1);
const header = () => {
  const kind = random();
  if (kind < 0.07) return pick(['Revert "feat: one"', 'Revert ""', 'Revert  x', 'revert: feat: one', 'REVERT "a"', 'Revert "a "b""', 'Revert\n"a"', 'revert: "x', 'back x of 12', 'back: y']);
  if (kind < 0.12) return pick(['Merge branch x', 'Merge pull request #1 from a/b', 'Merge branch ', 'Merge branch x\n\nfeat: two', 'Merge branch y\n \n\t\n[fix] ab z']);
  if (kind < 0.17) return pick(lines);
  if (kind < 0.22) return subjects();
  return pick(types) + pick(scopes) + pick(marks) + pick(colons) + subjects();
};
const message = () => {
  let text = (random() < 0.05 ? pick(['\n', '\r\n', ' ', '\t\n', '\ufeff', '\u0085', '# comment\n', 'gpg: x\n']) : '') + header();
  const count = Math.floor(random() * 4);
  for (let i = 0; i < count; i++) text += pick(['\n', '\n', '\n', '\r\n', '\n\n', '\n\n']) + (random() < 0.7 ? pick(lines) : subjects());
  return text + (random() < 0.2 ? pick(['\n', '\r\n', ' \n', '\n\n', '\r']) : '');
};

const parsers = options.map(([preset, opts]) => new CommitParser({...presets[preset], ...opts}));
const out = options.map(entry => JSON.stringify(entry));
const count = Number(process.argv[3] || 1000);
while (out.length < count + options.length) {
  const which = pick([0, 0, 0, 1, 2, 3, 4, 5]);
  const text = message();
  if (!text.trim()) continue;
  let answer;
  try { answer = parsers[which].parse(text); } catch (error) { continue; }
  const kept = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length)));
  for (const reference of kept.references || []) for (const key of Object.keys(reference)) if (reference[key] === null) delete reference[key];
  if (typeof kept.revert === 'object') for (const key of Object.keys(kept.revert)) if (kept.revert[key] === null) delete kept.revert[key];
  out.push(JSON.stringify([which, text, kept]));
}
console.log(out.join('\n'));
