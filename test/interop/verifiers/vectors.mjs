/**
 * Runs the shared vectors through a verifier in another language: node vectors.mjs NAME COMMAND...
 *
 * The command reads a question a line from stdin and answers each with a line: `ok ...`, or the code of a refusal. What it answers
 * otherwise than a vector says must fall under a limit that the head of rules.txt states. Prints a line for each other
 * disagreement, then `ok` or `not ok` with the counts; exit 1 when there is one.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const vectors = (name) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')).vectors

const pem = (key) => {
  const spki = Buffer.from(`302a300506032b6570032100${key}`, 'hex').toString('base64')
  return `-----BEGIN PUBLIC KEY-----|${spki}|-----END PUBLIC KEY-----|`
}
const license = (input, roots, { now, product, allowTest = false }) => [
  'license',
  input,
  roots.map(pem).join(''),
  product,
  now,
  allowTest,
]

/** The stages type and unsupported have one code in the verifiers: both say that the license is for another reader. */
const codeOf = ({ throws, code }) => (throws === 'UNSUPPORTED_CLAIM' ? 'LICENSE_INVALID' : (throws ?? code))
const refused = (answer) => answer !== undefined && /^[A-Z_]+$/.test(answer)
// A certificate whose types are exactly [1], with grants behind them (6.3).
const delegates = (object) => /3a00010000a.000201810108/.test(object)

/** What the verifiers leave out: a license that needs it is refused, but for lists and for forms that change no right. */
const LIMITS = {
  'delegated keys': ({ input, trust }, _, got) => [input, ...trust.certificates].some(delegates) && refused(got),
  'certificates beside the license': ({ trust }, _, got) => trust.certificates.length > 0 && got === 'UNKNOWN_KEY',
  'versions and maintenance': ({ facts }, want, got) =>
    (facts.version ?? facts.buildDate) !== undefined && !refused(want) && got === 'VERSION_NOT_COVERED',
  'activation and a term from it': ({ name, facts }, _, got) =>
    (facts.activation === 'unchecked' ||
      facts.firstActivatedAt !== undefined ||
      name.includes('term from activation')) &&
    got === 'ACTIVATION_REQUIRED',
  'revocation lists': ({ facts }, _, got) =>
    facts.revocations !== undefined &&
    (refused(got) || got === 'ok active "editor" "pro"' || got === 'ok grace "editor" "pro"'),
  'which of two reasons is told first': (_, want, got) => want === 'LICENSE_INVALID' && got === 'RIGHTS_EXCEEDED',
  // The only ones that accept what the page refuses: signed by a key that may, and written otherwise than it should be.
  'forms that change no right': ({ clause, expect }, want, got) =>
    want === 'LICENSE_INVALID' &&
    got === 'ok active "editor" "pro"' &&
    (expect.stage === 'type' ? ['3.6', '8.4'] : ['6.2']).includes(clause),
}
/** So many and no more: a vector that joins them is looked at first. */
const MOST_FORMS = 7

const [good] = vectors('licenses')
const ROOT = good.trust.roots
/** Every seventh bit of a good license, or with SLOW every one, changed alone. */
const step = process.env.SLOW ? 1 : 7
const flipped = Array.from({ length: Math.ceil((good.input.length * 4) / step) }, (_, i) => {
  const bit = i * step
  const bytes = Buffer.from(good.input, 'hex')
  bytes[bit >> 3] ^= 1 << (bit & 7)
  return { name: `bit ${bit} of a license`, file: bytes.toString('hex') }
})
/** Heads of items that hold more than there is, or nest as deep as the file is long. */
const HEADS = ['81', 'a1', 'bf', 'c1', 'a081', '1b80', '3bff', '5b7f', '9a7f', '9bff', '7affff']
const endless = HEADS.flatMap((head) =>
  ['d2', 'd284', 'd284581b'].map((start) => ({
    name: `${start}, and ${head} again and again`,
    file: start + head.repeat((4096 - start.length / 2) / (head.length / 2)),
  })),
)
/** A level of the chain that is not whole, above the root, also where one of its parts would stand for one that is gone. */
const [, head, header] = /^(d2844d.{26}a10d84(4d.{26}))a0/.exec(good.input)
const loose = [`a10d81${header}`, 'a10d8140', 'a10d80'].flatMap((above) => {
  const chained = head + above + good.input.slice(head.length + 2)
  return [chained, chained.replace('d284', 'd283').slice(0, -132)].map((file) => ({
    name: `${above} above the root`,
    file,
  }))
})
const hostile = [...flipped, ...endless, ...loose].map(({ name, file }) => ({
  name,
  question: license(file, ROOT, good.facts),
}))

const asked = [
  ...vectors('cbor')
    .filter(({ hex }) => hex.length <= 8192)
    .map(({ name, hex, valid }) => ({
      name: `cbor: ${name}`,
      question: ['item', hex.startsWith('d2') ? hex.slice(2) : hex],
      answer: valid ? 'ok' : 'LICENSE_INVALID',
    })),
  ...vectors('keys').map(({ name, hex, valid, kid }) => ({
    name: `keys: ${name}`,
    question: ['key', hex],
    answer: valid ? `ok ${kid}` : 'LICENSE_INVALID',
  })),
  ...vectors('signatures').map(({ name, clause, public: key, message, signature, valid }) => ({
    name: `signatures: ${name}`,
    question: ['signature', key, message, signature],
    answer: valid ? 'ok' : clause === '4.1' ? 'LICENSE_INVALID' : 'BAD_SIGNATURE',
    // Its R is the identity: no signature that was made with a key is such, and libsodium refuses it.
    ...(signature.startsWith(`01${'00'.repeat(31)}`) && { limit: ['an R of small order', 'BAD_SIGNATURE'] }),
  })),
  ...vectors('licenses').map((vector) => {
    const { name, input, trust, facts, expect } = vector
    const { state, product, tier } = expect
    return {
      name: `licenses: ${name}`,
      question: license(input, trust.roots, facts),
      answer: expect.ok ? `ok ${state} "${product}" "${tier}"` : codeOf(expect),
      vector,
    }
  }),
  // Signed objects that are no licenses.
  ...[...vectors('objects'), ...vectors('revocations').map(({ input, ...rest }) => ({ hex: input, ...rest }))]
    .filter(({ name, hex }) => hex?.startsWith('d2') && !name.includes('a license'))
    .map(({ name, hex }) => ({
      name: `another object as license: ${name}`,
      question: license(hex, ROOT, { now: 1790086400, product: 'editor' }),
      answer: 'LICENSE_INVALID',
    })),
]

const [language, command, ...args] = process.argv.slice(2)
const input = [...asked, ...hostile].map(({ question }) => `${question.join('\t')}\n`).join('')
const ran = spawnSync(command, args, {
  input,
  encoding: 'utf8',
  maxBuffer: 1 << 26,
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = (ran.stdout ?? '').trimEnd().split('\n')
const wrong = []
const limits = {}
asked.forEach(({ name, answer, vector, limit: [known, instead] = [] }, i) => {
  if (answers[i] === answer) return
  const [covered] = vector
    ? (Object.entries(LIMITS).find(([, covers]) => covers(vector, answer, answers[i])) ?? [])
    : []
  const limit = covered ?? (answers[i] === instead ? known : undefined)
  if (limit) limits[limit] = (limits[limit] ?? 0) + 1
  else wrong.push(`${name}: wanted ${answer}, got ${answers[i]}`)
})
hostile.forEach(({ name }, i) => {
  const got = answers[asked.length + i]
  if (!refused(got)) wrong.push(`${name}: wanted a refusal, got ${got}`)
})
if (ran.status !== 0) wrong.push(`status ${ran.status}`)
if (answers.length !== asked.length + hostile.length)
  wrong.push(`${answers.length} answers, wanted ${asked.length + hostile.length}`)
if (limits['forms that change no right'] > MOST_FORMS) wrong.push(`more than ${MOST_FORMS} forms that change no right`)

const within = Object.values(limits).reduce((sum, count) => sum + count, 0)
const figures = `${asked.length - within - wrong.length} of ${asked.length} vectors as published, ${within} by a stated limit, ${hostile.length} hostile files refused`
console.log(wrong.length === 0 ? `ok ${language}: ${figures}` : `not ok ${language}`)
for (const [limit, count] of Object.entries(limits)) console.log(`  ${count} ${limit}`)
for (const line of wrong.slice(0, 20)) console.log(`  ${line}`)
process.exitCode = wrong.length === 0 ? 0 : 1
