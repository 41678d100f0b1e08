/** The house, as its map tells it: what lies where, who may import whom, and what each room never touches. */

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const sources = tracked.filter((path) => path.startsWith('src/') && path.endsWith('.ts'))

/** Comments and the insides of strings say what code does not do. */
const codeOf = (path: string): string =>
  text(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

/** Static and dynamic imports and re-exports of one file. `to` is a path below the root, or the name as written. */
const importsOf = (path: string): Import[] => {
  const code = codeOf(path)
  const found: Omit<Import, 'from'>[] = []
  for (const [, kind, clause, name] of code.matchAll(/^(import|export)\b([^'";]*?\bfrom\s*)?'([^']+)'/gm)) {
    if (kind !== undefined && name !== undefined)
      found.push({ to: name, typeOnly: isTypeOnly(clause ?? ''), dynamic: false })
  }
  for (const [, name] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) {
    if (name !== undefined) found.push({ to: name, typeOnly: false, dynamic: true })
  }
  return found.map(({ to, ...how }) => ({
    ...how,
    from: path,
    to: to.startsWith('.') ? posix.normalize(posix.join(dirname(path), to)) : to,
  }))
}
const isTypeOnly = (clause: string): boolean => {
  if (/^\s*type\s/.test(clause)) return true
  const names =
    /\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .filter((each) => each.trim() !== '') ?? []
  return names.length > 0 && names.every((each) => /^\s*type\s/.test(each)) && !/^\s*\w+\s*,/.test(clause)
}

const imports = sources.flatMap(importsOf)
const roomOf = (path: string): string => /^src\/([^/]+)\//.exec(path)?.[1] ?? 'index'

/** Every file that `entry` loads, itself included, and the names of packages. */
const closureOf = (entry: string): Set<string> => {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    if (path.startsWith('src/')) for (const { to, typeOnly } of importsOf(path)) if (!typeOnly) visit(to)
  }
  visit(entry)
  return seen
}

/** Who may import whom. A room that is not built yet stands here already. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  native: ['core'],
  render: ['core'],
  ledger: ['core'],
  device: ['core'],
  authority: ['core', 'ledger'],
  gate: ['core', 'device'],
  cli: ['core', 'ledger', 'authority', 'device', 'render'],
  server: ['core', 'ledger', 'authority', 'render'],
  index: ['core'],
}

/** Packages and modules of Node that a room may load; `*` is a name's rest. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  core: ['@noble/*', 'fflate', '#cbor', '#ed25519', '#sha256'],
  native: ['node:crypto', 'cbor-x'],
  render: ['qrcode', 'zxing-wasm', 'fflate', 'node:fs', 'node:module'],
  ledger: ['kysely', 'better-sqlite3', 'pg', 'node:*', '@noble/*'],
  device: ['node:*'],
  authority: ['node:*', 'age-encryption', 'smol-toml', 'valibot'],
  gate: ['node:*'],
  cli: [
    'node:*',
    'commander',
    'chalk',
    'inquirer',
    'valibot',
    '@valibot/to-json-schema',
    'csv-parse',
    'csv-stringify',
    '@bomb.sh/tab',
  ],
  server: ['node:*'],
  index: [],
}
const allows = (patterns: readonly string[], name: string): boolean =>
  patterns.some((each) =>
    each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each || name.startsWith(`${each}/`),
  )

describe('the top level', () => {
  it('holds these and nothing else', () => {
    const names = new Set(tracked.map((path) => path.split('/')[0] ?? '').filter((name) => !name.startsWith('.')))
    const listed = [
      ...['package.json', 'tsconfig.json', 'bin', 'src', 'templates', 'test', 'README.md'],
      ...['package-lock.json', 'LICENSE', 'CHANGELOG.md'],
    ]
    expect([...names].sort()).toEqual(listed.sort())
  })

  it('has one executable file', () => {
    const executable = tracked.filter((path) => (statSync(join(ROOT, path)).mode & 0o111) !== 0)
    expect(executable).toEqual(['bin/lic.js'])
  })
})

describe('rooms', () => {
  it('are the ones of the map', () => {
    expect(imports.length).toBeGreaterThan(200)
    expect(sources.map(roomOf).filter((room) => !(room in MAY_IMPORT))).toEqual([])
  })

  it('import one way', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to.startsWith('src/') || roomOf(from) === roomOf(to)) return false
      return !MAY_IMPORT[roomOf(from)]?.includes(roomOf(to))
    })
    expect(wrong).toEqual([])
  })

  it('load only what they are for', () => {
    const wrong = imports.filter(({ from, to }) => !to.startsWith('src/') && !allows(MAY_LOAD[roomOf(from)] ?? [], to))
    expect(wrong).toEqual([])
  })

  it('reach what is native by its condition only', () => {
    expect(imports.filter(({ from, to }) => roomOf(to) === 'native' && roomOf(from) !== 'native')).toEqual([])
    const conditional = imports.filter(({ to }) => to.startsWith('#')).map(({ from, to }) => `${from} ${to}`)
    expect(conditional.sort()).toEqual([
      'src/core/algorithms.ts #ed25519',
      'src/core/cbor.ts #cbor',
      'src/core/hash.ts #sha256',
    ])
  })

  it('name imports with their ending', () => {
    expect(imports.filter(({ to }) => to.startsWith('src/') && !to.endsWith('.ts'))).toEqual([])
  })

  it('load in no circle', () => {
    const done = new Set<string>()
    const circles: string[][] = []
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path])
      if (way.includes(path) || done.has(path)) return
      for (const { to, typeOnly, dynamic } of importsOf(path)) {
        if (!typeOnly && !dynamic && to.startsWith('src/')) visit(to, [...way, path])
      }
      done.add(path)
    }
    for (const path of sources) visit(path, [])
    expect(circles).toEqual([])
  })
})

describe('the core is pure', () => {
  it.each(sources.filter((path) => roomOf(path) === 'core'))('%s', (path) => {
    const touched = codeOf(path).match(
      /\b(fetch|setTimeout|Date|Math\.random|crypto\.getRandomValues|Buffer|process|require|globalThis|window|console)\b(?=[.(]|\s*\.)|['"]node:/g,
    )
    expect(touched).toBeNull()
  })
})

describe('the outside world', () => {
  /** Where the process, the clock or randomness is read; everything else is given them. */
  const READS = {
    process: ['src/cli/io.ts', 'src/authority/vault.ts', 'src/device/machine.ts', 'src/gate/world.ts'],
    'Date.now': ['src/cli/io.ts', 'src/authority/ephemeral.ts', 'src/gate/world.ts'],
    'crypto.getRandomValues': ['src/cli/io.ts', 'src/authority/ephemeral.ts', 'src/gate/world.ts'],
    'Math.random': [],
    fetch: ['src/gate/world.ts'],
  } as const satisfies Record<string, readonly string[]>

  it.each(Object.entries(READS))('%s', (name, allowed) => {
    const pattern = new RegExp(`(?<![.\\w'])${name.replace('.', '\\.')}\\b\\s*[.(]`)
    const readers = sources.filter((path) => pattern.test(codeOf(path)))
    expect(readers.filter((path) => !(allowed as readonly string[]).includes(path))).toEqual([])
  })

  it('is never left in haste', () => {
    expect(sources.filter((path) => /\bprocess\.exit\b(?!Code)/.test(codeOf(path)))).toEqual([])
  })

  it('has no network, but for the socket of the ssh-agent', () => {
    const network = /^(node:)?(net|http|https|http2|dgram|tls|dns)(\/|$)/
    const found = imports.filter(({ to }) => network.test(to)).map(({ from, to }) => `${from} ${to}`)
    expect(found).toEqual(['src/authority/ssh-agent.ts node:net'])
    // As a path, and never as a port: what is connected to lies on this machine.
    expect(codeOf('src/authority/ssh-agent.ts').match(/\bconnect\(.*\)/g)).toEqual(['connect({ path })'])
  })
})

const SIGNS = /\b(sign|signAsync|createPrivateKey|generateKeyPair\w*|getPublicKey\w*|randomSecretKey)\b\s*[,(}]/

describe('the public door', () => {
  const closure = [...closureOf('src/index.ts')]

  it('leads to the core alone', () => {
    expect(closure.filter((path) => path.startsWith('src/') && !['core', 'index'].includes(roomOf(path)))).toEqual([])
    expect(closure.filter((path) => path.startsWith('node:'))).toEqual([])
  })

  it('leads to nothing that signs', () => {
    expect(closure.filter((path) => path.startsWith('src/') && SIGNS.test(codeOf(path)))).toEqual([])
  })
})

describe('the gate', () => {
  const closure = [...closureOf('src/gate/index.ts')]

  it('leads to core and device alone, and loads no package but what core and native load', () => {
    const rooms = new Set(closure.filter((path) => path.startsWith('src/')).map(roomOf))
    expect([...rooms].sort()).toEqual(['core', 'device', 'gate'])
    const packages = closure.filter((path) => !/^(src\/|node:|#)/.test(path)).map((path) => path.split('/')[0])
    expect([...new Set(packages)].sort()).toEqual(['@noble', 'fflate'])
  })

  it('leads to nothing that signs', () => {
    expect(closure.filter((path) => path.startsWith('src/') && SIGNS.test(codeOf(path)))).toEqual([])
  })
})

describe("the customer's commands", () => {
  const commands = ['install', 'request', 'activate', 'status', 'deactivate', 'unlock', 'uninstall', 'usage-export']

  it.each(commands)('lic %s loads no ledger, no driver and no key', (name) => {
    const closure = [...closureOf(`src/cli/commands/${name}.ts`)]
    expect(closure).toContain('src/device/device.ts')
    expect(closure.filter((path) => /^(kysely|better-sqlite3|pg|age-encryption)(\/|$)/.test(path))).toEqual([])
    // The one place where text becomes a time is pure, and is the vendor's and the customer's alike.
    const rooms = closure.filter((path) => ['ledger', 'authority'].includes(roomOf(path)))
    expect(rooms.filter((path) => path !== 'src/authority/term.ts')).toEqual([])
  })
})

describe('lic trial', () => {
  it('loads no ledger and no driver, for one license and for many', () => {
    const closure = [...closureOf('src/cli/commands/trial.ts')]
    expect(closure).toContain('src/authority/trial.ts')
    expect(closure).toContain('src/cli/commands/trial-from.ts')
    expect(closure.filter((path) => /^(kysely|better-sqlite3|pg)(\/|$)/.test(path))).toEqual([])
    // Close spellings are pure.
    expect(closure.filter((path) => roomOf(path) === 'ledger')).toEqual(['src/ledger/close-matches.ts'])
    expect(closure.filter((path) => path.startsWith('src/device/'))).toEqual([])
  })
})

describe('the kit', () => {
  /** What each file of src/cli/kit stands in for, as .ci/bundle.js has it. */
  const STAND_INS: Readonly<Record<string, string>> = {
    'src/cli/program.ts': 'src/cli/kit/program.ts',
    'src/cli/own-book.ts': 'src/cli/kit/own-book.ts',
    'src/cli/completion/answer.ts': 'src/cli/kit/answer.ts',
  }
  const closure = (): readonly string[] => {
    const seen = new Set<string>()
    const visit = (named: string): void => {
      const path = STAND_INS[named] ?? named
      if (seen.has(path)) return
      seen.add(path)
      if (path.startsWith('src/')) for (const { to, typeOnly } of importsOf(path)) if (!typeOnly) visit(to)
    }
    visit('src/cli/main.ts')
    return [...seen]
  }

  it('holds nothing of a vendor', () => {
    const reached = closure()
    expect(reached).toContain('src/device/device.ts')
    expect(reached.filter((path) => /^(kysely|better-sqlite3|pg|age-encryption)(\/|$)/.test(path))).toEqual([])
    // Pure, all three: close spellings, terms, and what a license says.
    expect(reached.filter((path) => ['ledger', 'authority'].includes(roomOf(path))).sort()).toEqual([
      'src/authority/hand-over.ts',
      'src/authority/term.ts',
      'src/ledger/close-matches.ts',
    ])
  })
})

describe('private keys', () => {
  it('are revealed in few places', () => {
    const callers = sources.filter((path) => /\.reveal\(/.test(codeOf(path)))
    expect(callers.sort()).toEqual([
      'src/authority/delegate.ts',
      'src/authority/ephemeral.ts',
      'src/authority/found.ts',
      'src/authority/key-files.ts',
      'src/authority/key-of-contents.ts',
      'src/authority/key-pem.ts',
      'src/authority/paper.ts',
      'src/authority/trial.ts',
      'src/authority/unlock-key.ts',
    ])
  })

  it('are sealed and opened by the vault alone, and on paper', () => {
    const users = imports
      .filter(({ to, typeOnly }) => to === 'src/authority/sealed.ts' && !typeOnly)
      .map(({ from }) => from)
    expect([...new Set(users)].sort()).toEqual(['src/authority/paper.ts', 'src/authority/vault.ts'])
  })

  it('are no matter of the command line: it holds them closed', () => {
    const opening = /\b(reveal|fileSigner|unseal|readSealed|paperBody|readPaperBody|writeKeyPem|pkcs8)\b\s*\(/
    expect(sources.filter((path) => roomOf(path) === 'cli' && opening.test(codeOf(path)))).toEqual([])
  })

  it('go to an agent in one module', () => {
    expect(sources.filter((path) => /\bagent\.add\(/.test(codeOf(path)))).toEqual(['src/authority/unlock-key.ts'])
  })

  it('sign in one module', () => {
    const signing = imports
      .filter(({ to }) => to === 'node:crypto')
      .filter(({ from }) => /\bsign\b[^'"]*from 'node:crypto'/.test(codeOf(from)))
    expect([...new Set(signing.map(({ from }) => from))]).toEqual(['src/authority/signer.ts'])
  })
})

describe('every source file', () => {
  it('begins with what it is for', () => {
    expect(sources.filter((path) => !text(path).startsWith('/**'))).toEqual([])
  })

  it('has at most 400 lines', () => {
    expect(sources.filter((path) => text(path).split('\n').length > 401)).toEqual([])
  })

  it('is named for what it holds', () => {
    expect(sources.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)/.test(path))).toEqual([])
  })

  it('cites clauses of FORMAT.md that exist', () => {
    const clauses = new Set(
      [...text('src/core/FORMAT.md').matchAll(/^(?:##\s+)?(\d+(?:\.\d+)?)\.?\s/gm)].map(([, number]) => number),
    )
    const cited = [...sources, ...tracked.filter((path) => /^test\/.*\.ts$/.test(path))].flatMap((path) =>
      [...text(path).matchAll(/FORMAT(?:\.md)?,? (\d[\d., -]*\d|\d)/g)].flatMap(([, list]) =>
        (list ?? '').split(/[, -]+/).map((clause) => ({ path, clause })),
      ),
    )
    expect(cited.length).toBeGreaterThan(40)
    expect(cited.filter(({ clause }) => !clauses.has(clause))).toEqual([])
  })
})
