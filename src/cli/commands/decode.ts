/**
 * `lic decode`: what a code, a text or a picture is. Parts of one code are joined, in any order. Invariant: text of others
 * is only shown, cut short and made safe; nothing in it is followed, opened or run.
 */

import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { readCheckpoint } from '../../core/checkpoint.ts'
import { decodeArmor } from '../../core/codes/armor.ts'
import { parseKey } from '../../core/codes/license-key.ts'
import { recognise } from '../../core/codes/recognise.ts'
import { CODE_KINDS, type CodeKind, mistyped, spell, unspell } from '../../core/codes/spoken.ts'
import { decodeText, encodeText, partOf } from '../../core/codes/text.ts'
import { LicError } from '../../core/errors.ts'
import { isProof, noteText, readProof } from '../../core/log-proof.ts'
import { readPlain } from '../../core/paper.ts'
import { parseRequest, requestLines } from '../../core/request.ts'
import { parseTyped, typedLines } from '../../core/typed-response.ts'
import type { Context } from '../context.ts'
import { type Described, described, describedRequest, pageOf } from '../described.ts'
import { COMMAND_LINE, noFile, readEach, type Seen } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkBinary, checkOutputs } from '../output.ts'
import type { Show } from '../show.ts'

interface DecodeOptions {
  readonly code: readonly string[]
  readonly out: string | undefined
  readonly force: boolean
}

/** Characters of a foreign text that are shown. */
const SHOWN = 2_000

/** One thing to tell about: bytes, a text, or the parts of one code from wherever they came. */
interface Piece {
  readonly source: string
  readonly content: Uint8Array | string
  /** How many parts were joined. */
  readonly parts: number | null
}

export const decode = async (context: Context, { code, out, force }: DecodeOptions): Promise<Outcome> => {
  await checkOutputs(context, [out], force)
  const items = gathered(await readEach(context, code)).map((piece) => identified(piece, context.io.now()))
  const ours = items.filter(({ kind }) => kind !== 'foreign')
  return {
    schema: 'decoded',
    data: { codes: items.map(({ bytes, ...item }) => ({ ...item, bytes: bytes ?? null })) },
    show: items.flatMap((item, i) => [...(i === 0 ? [] : [{ text: '' }]), ...page(item)]),
    ...(out !== undefined && { files: [fileOf(context, out, ours)], force }),
    ...(ours.length === 0
      ? {
          finding: {
            code: 'LICENSE_INVALID' as const,
            message: 'nothing of lic: a text of others, which was not followed',
            hint: 'look for the code that the other side sent; `lic help formats` shows what codes look like',
          },
        }
      : { notes: [`nothing here was checked: ${checkedBy(ours[0]?.kind)}`] }),
  }
}

const checkedBy = (kind: string | undefined): string => {
  if (kind === 'checkpoint')
    return 'lic ledger verify --checkpoint FILE, or beside a proof: lic verify LICENSE --checkpoint FILE'
  if (kind === 'inclusion' || kind === 'consistency') return 'lic verify LICENSE --root FILE --proof FILE'
  return 'lic verify, or lic inspect --root FILE'
}

/** Everything that was seen, the parts of each code together. */
const gathered = (seen: readonly Seen[]): readonly Piece[] => {
  const pieces: Piece[] = []
  const parts = new Map<string, { readonly sources: Set<string>; readonly texts: string[] }>()
  for (const { source, content } of seen) {
    if ('bytes' in content) pieces.push({ source, content: content.bytes, parts: null })
    else {
      for (const text of content.texts) {
        const whole = partOf(text)
        if (whole === undefined) pieces.push({ source, content: text, parts: null })
        else {
          const known = parts.get(whole) ?? { sources: new Set(), texts: [] }
          parts.set(whole, { sources: known.sources.add(source), texts: [...known.texts, text] })
        }
      }
    }
  }
  const joined = [...parts].map(([whole, { sources, texts }]) => ({
    source: [...sources].join(', '),
    content: texts.join('\n'),
    parts: Number.parseInt(whole, 10),
  }))
  return [...joined, ...pieces]
}

interface Spoken {
  readonly [name: string]: string | number | null
}

interface Item {
  readonly source: string
  /** The type of the first object, the kind of a code that people speak, or foreign. */
  readonly kind: string
  readonly parts: number | null
  readonly characters: number
  /** Whole and as lic writes it; of a foreign text its beginning. */
  readonly text: string
  readonly bytes: Uint8Array | undefined
  readonly objects: readonly Described[] | null
  /** What else a code says by itself. */
  readonly says: Spoken | null
}

const identified = ({ source, content, parts }: Piece, now: number): Item => {
  const ofObjects = (bytes: Uint8Array): Item => {
    const objects = described(bytes, { roots: undefined, now })
    const text = encodeText(bytes)
    const kind = objects[0]?.type ?? 'foreign'
    return { source, kind, parts, characters: text.length, text, bytes, objects, says: null }
  }
  if (typeof content !== 'string') return ofObjects(content)
  const note = noteOf(source, content)
  if (note !== undefined) return note
  const known = recognise(content)
  if (known === undefined) return foreign(source, content)
  if (known.form !== 'code') return ofObjects((known.form === 'armor' ? decodeArmor : decodeText)(content.trim()))
  if (known.wrong.length > 0) throw mistyped(known.kind, known.wrong)
  return {
    source,
    kind: known.kind,
    parts,
    bytes: undefined,
    objects: null,
    says: null,
    ...SPOKEN[known.kind](content),
  }
}

/** Heads of the log and proofs about it are read by people and machines alike: the text is what is kept. */
const noteOf = (source: string, given: string): Item | undefined => {
  const text = noteText(given)
  const isNote = isProof(text) || NOTE.test(text)
  if (!isNote) return undefined
  const proof = text.startsWith('lic/') ? undefined : readProof(text)
  const { origin, size, root, signatures } = proof?.checkpoint ?? readCheckpoint(text)
  return {
    source,
    kind: proof?.kind ?? 'checkpoint',
    parts: null,
    bytes: undefined,
    objects: null,
    ...lines(text.trimEnd()),
    says: {
      ...(proof?.kind === 'inclusion' && { event: proof.index }),
      ...(proof?.kind === 'consistency' && { old: proof.old }),
      log: origin,
      events: size,
      root: encodeBase64(root),
      signatures: signatures.length,
    },
  }
}

/** A checkpoint, or a proof of growth that ends in one. */
const NOTE = /^(?:old [0-9]+\n(?:[A-Za-z0-9+/=]+\n)*\n)?lic\/[0-9a-f]{16}\n/

/** What is typed is a file's name as well; a code of others would have come from a file or picture. */
const foreign = (source: string, text: string): Item => {
  if (source === COMMAND_LINE) throw noFile(text)
  const beginning = { source, kind: 'foreign', parts: null, bytes: undefined, objects: null, says: null }
  return { ...beginning, characters: text.length, text: text.slice(0, SHOWN) }
}

const lines = (text: string): Pick<Item, 'text' | 'characters'> => ({ text, characters: text.length })
const groups =
  (kind: CodeKind) =>
  (text: string): Pick<Item, 'text' | 'characters'> =>
    lines(spell(kind, unspell(kind, text)).join('-'))

const KEPT = 'not shown: whoever has it has the key; lic key import takes it back'

/** How each kind of spoken code is read and written out again. */
const SPOKEN: Readonly<Record<CodeKind, (text: string) => Pick<Item, 'text' | 'characters'> & Partial<Item>>> = {
  emergency: groups('emergency'),
  release: groups('release'),
  key: (text) => {
    const symbols = text.replace(/[\s-]/g, '')
    // Without its prefix a key is its twenty symbols.
    const key = symbols.length === 20 ? undefined : parseKey(text)
    const cti = key?.cti ?? unspell('key', text)
    const whole = [...(key ? [key.prefix] : []), ...spell('key', cti)].join('-')
    return { ...lines(whole), says: { prefix: key?.prefix ?? null, id: toHex(cti) } }
  },
  request: (text) => {
    const asked = parseRequest(text)
    return { ...lines(requestLines(asked.bytes).join('\n')), objects: [describedRequest(asked)] }
  },
  response: (text) => {
    const response = parseTyped(text)
    const { form, issuedAt, term, kidPrefix } = response
    const ends = term === 0 ? null : isoTime(issuedAt + term * 3600)
    return {
      ...lines(typedLines(response).join('\n')),
      says: { form, issued: isoTime(issuedAt), expires: ends, kidBegins: toHex(kidPrefix) },
    }
  },
  paper: (text) => {
    const { paper, kid } = readPlain(text)
    const epoch = kid === undefined ? paper.epoch : null
    return { ...lines(''), says: { holds: paper.form, kid: kid ? toHex(kid) : null, epoch, secret: KEPT } }
  },
  sealed: () => ({ ...lines(''), says: { holds: 'a key under a passphrase', secret: KEPT } }),
}

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(CODE_KINDS).map(([kind, { name }]) => [kind, name])),
  checkpoint: "a checkpoint: the head of a ledger's log",
  inclusion: 'a proof that the log of a ledger holds an event',
  consistency: 'a proof that the log of a ledger only grew',
  foreign: 'text of others: it is shown, and not followed',
}

const page = (item: Item): readonly Show[] => {
  const cut =
    item.characters > item.text.length ? `the first ${item.text.length} of ${item.characters} characters` : undefined
  return [
    {
      fields: [
        ['from', item.source],
        ['what', NAMES[item.kind] ?? item.kind],
        ['parts', item.parts === null ? undefined : `${item.parts}, joined`],
        ['shown', cut],
        ...Object.entries(item.says ?? {}).map(([name, value]): [string, string | undefined] => [
          name,
          value === null ? undefined : String(value),
        ]),
      ],
    },
    ...(item.objects ?? []).flatMap(pageOf),
    ...(item.text === '' ? [] : [{ text: item.text }]),
  ]
}

const fileOf = (context: Context, path: string, ours: readonly Item[]) => {
  const [item, ...more] = ours
  if (item === undefined) throw new LicError('INVALID_INPUT', 'there is nothing of lic to write')
  if (more.length > 0) {
    throw new LicError('AMBIGUOUS', `${ours.length} codes were given, and --out takes one`, {
      hint: 'decode them one by one',
    })
  }
  if (item.kind === 'paper' || item.kind === 'sealed') {
    throw new LicError('INVALID_INPUT', 'a private key is not written to a file by lic decode', {
      hint: 'lic key import FILE --out restored.key',
    })
  }
  if (item.bytes !== undefined) checkBinary(context, path)
  return { path, content: item.bytes ?? `${item.text}\n` }
}
