// Runs the commonest commands once in a directory of its own, then keeps beside each piece the code that V8 made of it. What
// goes wrong here costs speed, not correctness: the build tells and goes on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const { main, realIo, pieces } = createRequire(import.meta.url)(resolve(process.argv[2] ?? 'dist/bin', 'load.cjs'))

const ONCE = [
  'init --name Acme --no-passphrase',
  'product add editor --name Editor',
  'customer add --name Acme --id acme',
  'trust export --out root.pub',
  'key delegate --name ci --tiers trial --products editor --out ci.key',
]
const COMMANDS = [
  'help',
  'issue --customer acme --product editor --tier basic --expires 1y --out acme.lic --json',
  'issue --customer acme --product editor --tier professional --expires 1y',
  'verify acme.lic --root root.pub --json',
  'verify acme.lic --root root.pub --product editor',
  'inspect acme.lic',
  'list',
  'issue --customer acme --product editor --tier basic --expires 1y --activation required --out device.lic',
  'install device.lic --root root.pub --state device',
  'request --state device',
  'trial --key ci.key --product editor --json',
  'trial --key ci.key --product editor --out trial.lic',
]

const work = mkdtempSync(join(tmpdir(), 'lic-build-'))
const env = { LIC_HOME: join(work, 'home'), LIC_ACTOR: 'build', CI: '1' }
const silent = { isTTY: false, columns: 80, write: async () => undefined }
const io = { ...realIo(), env, cwd: work, stdout: silent, stderr: silent }

try {
  for (const command of [...ONCE, ...COMMANDS]) {
    const status = await main(command.split(' '), io)
    if (status !== 0) console.error(`warm.js: lic ${command}: exit ${status}`)
  }
  for (const { script, filename } of pieces.values()) writeFileSync(`${filename}.code`, script.createCachedData())
} finally {
  rmSync(work, { recursive: true, force: true })
}
