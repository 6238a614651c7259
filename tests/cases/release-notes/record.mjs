// Records what @semantic-release/release-notes-generator writes for the cases below: `node record.mjs FOLDER > table.jsonl`,
// where FOLDER has node_modules with semantic-release@25.0.9 and conventional-changelog-conventionalcommits@9.3.1.
import { pathToFileURL } from 'node:url'
import { createHash } from 'node:crypto'

const folder = process.argv[2]
const load = (name) => import(pathToFileURL(`${folder}/node_modules/${name}`))
const { generateNotes } = await load('@semantic-release/release-notes-generator/index.js')

const DAY = '2024-01-31'
const preset = (presetConfig, more) => ({ preset: 'conventionalcommits', ...(presetConfig && { presetConfig }), ...more })
const angular = (more) => ({ preset: 'angular', ...more })

async function record(name, messages, config = preset(), release = {}) {
  const { version = '1.3.0', tag = `v${version}`, previous = 'v1.2.3', url = 'https://forge.example.org/acme/demo.git' } = release
  const commits = messages.map((message, index) => ({
    hash: createHash('sha1').update(`${index}\0${message}`).digest('hex'),
    message: message.trim()
  }))
  const context = {
    cwd: folder,
    commits,
    lastRelease: previous ? { gitTag: previous } : {},
    nextRelease: { version: release.shown ?? version, gitTag: tag },
    options: { repositoryUrl: url }
  }
  const notes = (await generateNotes(config, context)).replace(/\(\d{4}-\d\d-\d\d\)/, `(${DAY})`)
  const monorepo = release.shown !== undefined
  console.log(JSON.stringify({ name, config, version, tag, previous, url, monorepo, commits, notes }))
}

const rich = [
  'feat(api): search in #12 and JIRA-3, by @ana\n\nCloses #9, refs acme/other#7\nfixes #8',
  'fix: two (#34)\n\nBREAKING CHANGE: gone\nmore\n\nthird\nCloses #35',
  'feat(*): star', 'feat(b): beta', 'feat(a): beta', 'feat: angel', 'feat: 9', 'feat: Ärger', 'feat: zebra', 'feat: Zebra', 'feat: `zebra`',
  'chore!: three', 'docs(api)!: four\n\nBREAKING-CHANGE: read it', 'chore: five', '123!: six', '7!: seven', '10!: eight', '!: nine',
  'Feat: capital', 'FIX: capital', 'perf(a,b): both', 'revert: plain', 'Revert "feat: old"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.',
  'build(deps): up\n\nRelease-As: 3.0.0', 'no type at all', 'Merge branch \'x\'', 'feat:', 'feat: ', 'feat(): empty scope'
]
await record('rich', rich)
await record('rich-angular', rich, angular())
await record('rich-angular-patch', rich, angular(), { version: '1.2.4' })
await record('angular-prerelease-patch', rich, angular(), { version: '1.2.4-beta.1' })
await record('nothing', ['chore: x'])
await record('nothing-angular', ['chore: x'], angular())
await record('none-at-all', [])
await record('breaking-only-hidden', ['chore: x\n\nBREAKING CHANGE: y'])
await record('angular-breaking', ['chore: x\n\nBREAKING CHANGE: y', 'feat: z\n\nBREAKING CHANGE: w\nv'], angular())
await record('first', ['feat: x'], preset(), { previous: null })
await record('first-angular', ['feat: x'], angular(), { previous: null })
await record('monorepo', ['feat: x'], preset(), { shown: '@a/b-v1.3.0', tag: '@a/b-v1.3.0', previous: '@a/b-v1.2.3' })
await record('monorepo-angular', ['feat: x'], angular(), { shown: 'a-v1.3.1', tag: 'a-v1.3.1', previous: 'a-v1.2.3', version: '1.3.1' })
await record('scp-remote', ['feat: x #1 @bo'], preset(), { url: 'git@git.example.org:acme/demo.git' })
await record('ssh-port', ['feat: x #1 @bo'], angular(), { url: 'ssh://git@git.example.org:2222/acme/demo.git' })
await record('http-port', ['feat: x #1 @bo'], preset(), { url: 'http://user:word@git.example.org:3000/acme/demo' })
await record('sub-path', ['feat: x #1 @bo'], preset(), { url: 'https://git.example.org/sub/acme/demo.git' })
await record('bitbucket', ['feat: x #1 @bo\n\ncloses #2'], angular(), { url: 'https://bitbucket.org/acme/demo.git' })
await record('github', ['feat: x #1 @bo\n\ncloses #2\ncloses gh-4'], angular(), { url: 'https://github.com/acme/demo.git' })
await record('no-links', rich, preset(undefined, { linkReferences: false, linkCompare: false }))
await record('no-links-angular', rich, angular({ linkReferences: false, linkCompare: false }))
await record('link-compare-first', ['feat: x'], preset(undefined, { linkCompare: true }), { previous: null })
await record('host', rich, preset(undefined, { host: 'https://other.example.org' }))
await record('words-angular', rich, angular({ commit: 'c', issue: 'i', host: 'https://other.example.org' }))
await record('types', rich, preset({ types: [{ type: 'chore', section: 'Rest' }, { type: 'feat', section: 'New', scope: 'api' }, { type: 'feat', section: 'Other' }, { type: 'fix', section: 'Rest', hidden: true }, { type: 'perf' }] }))
await record('types-empty', rich, preset({ types: [] }))
await record('scope', rich, preset({ scope: 'a' }))
await record('scope-only', rich, preset({ scope: ['a', 'api'], scopeOnly: true }))
await record('formats', rich, preset({
  issuePrefixes: ['JIRA-', '#'],
  issueUrlFormat: 'https://issues.example.org/{{prefix}}{{id}}?{{owner}}/{{repository}}',
  commitUrlFormat: '{{host}}/{{owner}}/{{repository}}/-/commit/{{hash}}',
  compareUrlFormat: '{{host}}/{{owner}}/{{repository}}/-/compare/{{previousTag}}..{{currentTag}}',
  userUrlFormat: '{{host}}/~{{user}}'
}))
await record('mentions', [
  'feat: @a', 'feat: x@a b', 'feat: _@a', 'feat: é@a', 'feat: @-a', 'feat: @a-b--c-', 'feat: @A @aB', 'feat: @a/b', 'feat: @a-/b', 'feat: `@a', 'feat: `@a` @b `@c',
  `feat: @${'a'.repeat(50)}`, `feat: @${'a-'.repeat(50)}`, 'feat: (@a) "@b" @c.', 'feat: @@a'
])
await record('issues', ['feat: #1', 'feat: #a1 #A1', 'feat: ##1', 'feat: x#1y', 'feat: #1-#2', 'feat: o/r#3', 'feat: r#4', 'feat: #', 'feat: [#5](x)', 'feat: closes #6\n\ncloses #6\nrefs #7'])
await record('issues-angular', ['feat: #1', 'feat: #a1 #A1', 'feat: ##1', 'feat: x#1y', 'feat: o/r#3', 'feat: r#4', 'feat: x\n\ncloses r#4\ncloses o/r#5'], angular())
await record('braces', ['feat: {{host}} {{#if x}} $& $1 \\n', 'fix: x\n\nBREAKING CHANGE: {{version}} $&'])
await record('hostile', ['feat: <img src=x> ![x](y) [[z]] \u202e \u0007', 'feat(<b>): *', 'fix: x\n\nBREAKING CHANGE: <b>\n# title\n- a\n```\n| a |'])

// Random histories, the same each time.
let state = 5
const roll = (end) => (state = (state * 1103515245 + 12345) % 2147483648, Math.floor(state / 65536) % end)
const pick = (list) => list[roll(list.length)]
const words = ['add', 'Alpha', 'beta', 'ß', 'é', 'E', '漢', '#1', '#22', 'acme/x#3', 'x#4', '@ana', '@bo/x', '`@c`', 'a-b', 'a b', 'a_b', '(x)', '10', '9', '-', '_', '"', '🚀', 'Æ', 'ä', 'Z']
const text = () => Array.from({ length: 1 + roll(4) }, () => pick(words)).join(pick([' ', ' ', '', ', ']))
const types = ['feat', 'fix', 'perf', 'docs', 'chore', 'ci', 'Feat', 'feature', 'foo', '12', '3', '', 'revert', 'refactor', 'x_y']
function message() {
  let out = pick([...types]) + pick(['', '', `(${pick(['a', 'b', 'A', 'a,b', '*', '', 'é'])})`]) + pick(['', '', '', '!']) + ': ' + text()
  if (roll(12) === 0) out = text()
  if (roll(15) === 0) return `Revert "${out}"\n\nThis reverts commit ${'ab'.repeat(20)}.`
  if (roll(3) === 0) out += `\n\n${text()}`
  if (roll(4) === 0) out += `\n\nBREAKING CHANGE: ${text()}\n${text()}`
  if (roll(3) === 0) out += `\n\n${pick(['Closes', 'fixes', 'refs', 'Resolves:'])} ${pick(['#5', '#5, #6', 'acme/other#7', 'other#8'])}`
  if (roll(20) === 0) out += '\n\nRelease-As: 1.2.3'
  return out
}
for (let index = 0; index < 150; index++) {
  const messages = Array.from({ length: 1 + roll(9) }, message)
  await record(`random-${index}`, messages, index % 3 === 0 ? angular() : preset(), { version: pick(['1.3.0', '1.2.4', '2.0.0']) })
}
