/**
 * A site with a product on it, for tests of the gate: a vendor's real authority in memory, a device with a state of its own on
 * disk, and a world whose clock and timers a test turns. Whatever the gate is told comes from the authority through the same
 * verbs that `lic` runs.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { emergency } from '../../src/authority/emergency.ts'
import {
  addCustomer,
  type ChangeInput,
  change,
  type EphemeralAuthority,
  ephemeralAuthority,
  type HandedLicense,
  type IssueInput,
  issue,
  move,
  publishRevocations,
  renew,
  write,
} from '../../src/authority/index.ts'
import { respond } from '../../src/authority/respond.ts'
import { decodeText } from '../../src/core/codes/text.ts'
import { splitSequence } from '../../src/core/cose.ts'
import { readAsked, writeDetails } from '../../src/core/request.ts'
import { type Device, openDevice, placesOf } from '../../src/device/device.ts'
import type { Machine } from '../../src/device/machine.ts'
import { activate } from '../../src/device/verbs/activate.ts'
import { deactivate } from '../../src/device/verbs/deactivate.ts'
import { install } from '../../src/device/verbs/install.ts'
import { request } from '../../src/device/verbs/request.ts'
import { unlock } from '../../src/device/verbs/unlock.ts'
import { type Gate, type GateOptions, openGate } from '../../src/gate/index.ts'
import type { World } from '../../src/gate/world.ts'
import { madeMachine } from '../harness/machine.ts'
import { seeded } from '../harness/world.ts'

export const START = 1_790_000_000
export const HOUR = 3600
export const DAY = 86_400

interface Timer {
  readonly at: number
  readonly work: () => void
}

/** A clock that stands still until a test turns it, and timers that follow it. Milliseconds. */
export class FakeWorld implements World {
  /** What the clock of the machine shows, unix milliseconds. */
  #clock = START * 1000
  /** Milliseconds since the machine was started: nobody sets that. */
  passed = 1_000_000
  readonly #timers = new Set<Timer>()
  readonly random: (length: number) => Uint8Array
  fetch: World['fetch'] = async () => {
    throw new Error('no network')
  }
  constructor(seed: string) {
    this.random = seeded(seed)
  }
  /** Unix seconds; setting it turns the clock, and no time passes. */
  get shown(): number {
    return this.#clock / 1000
  }
  set shown(seconds: number) {
    this.#clock = seconds * 1000
  }
  now = (): number => Math.floor(this.#clock / 1000)
  after = (milliseconds: number, work: () => void): (() => void) => {
    const timer = { at: this.passed + milliseconds, work }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }
  get waiting(): number {
    return this.#timers.size
  }
  /** Time passes, and whatever waits for it runs in its turn. */
  async pass(seconds: number): Promise<void> {
    const end = this.passed + seconds * 1000
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#turn(Math.max(due.at, this.passed))
      due.work()
      await settled()
    }
    this.#turn(end)
    await settled()
  }
  /** Time passes while the machine sleeps: what waited for it runs afterwards, once. */
  async sleep(seconds: number): Promise<void> {
    this.#turn(this.passed + seconds * 1000)
    await this.pass(0)
  }
  #turn(to: number): void {
    this.#clock += to - this.passed
    this.passed = to
  }
}

/** What was begun by a timer is done: a look asks the disk once or twice, and whoever asks it afterwards is answered afterwards. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) {
    await Promise.all([stat('/'), stat('/'), stat('/'), stat('/')])
    await new Promise((turn) => setImmediate(turn))
  }
}

const roots: string[] = []
const gates: Gate[] = []
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.close()
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

export const newRoot = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'lic-gate-'))
  roots.push(root)
  return root
}

let count = 0

export class Site {
  readonly root = newRoot()
  readonly world: FakeWorld
  readonly authority: EphemeralAuthority
  machine: Machine
  constructor(authority: EphemeralAuthority, world: FakeWorld) {
    this.authority = authority
    this.world = world
    const made = madeMachine('lab')
    this.machine = { ...made, uptime: () => Math.floor(world.passed / 1000) }
  }
  /** The machine has become another. */
  exchange(name: string): void {
    this.machine = { ...madeMachine(name), uptime: () => Math.floor(this.world.passed / 1000) }
  }
  get state(): string {
    return join(this.root, 'state')
  }
  device(state = this.state): Device {
    const places = placesOf(
      { env: { XDG_CONFIG_HOME: this.root }, cwd: '/', homedir: this.root },
      { state, system: false },
    )
    const { machine, world } = this
    return openDevice({ places, shared: false, machine, now: world.now, random: world.random })
  }
  async gate(options: Partial<GateOptions> = {}): Promise<Gate> {
    const gate = await openGate({ ...this.options(), ...options })
    gates.push(gate)
    return gate
  }
  options(): GateOptions {
    const { machine, state, world } = this
    return {
      root: this.authority.roots,
      product: 'editor',
      state,
      machine,
      now: world.now,
      random: world.random,
      after: world.after,
      fetch: (...given) => world.fetch(...given),
    }
  }
  issue(more: Partial<IssueInput> = {}, line: Partial<IssueInput['lines'][number]> = {}): Promise<HandedLicense> {
    return issue(this.authority, {
      customer: 'globex',
      lines: [{ product: 'editor', tier: 'professional', activation: 'none', ...line }],
      expires: '1y',
      ...more,
    })
  }
  renew(key: string, term = '1y'): Promise<HandedLicense> {
    return renew(this.authority, { key, for: term })
  }
  async change(input: ChangeInput): Promise<HandedLicense> {
    return (await change(this.authority, input)).handed
  }
  async move(verb: 'revoke' | 'suspend' | 'reinstate', key: string): Promise<Uint8Array> {
    await move(this.authority, verb, { key, reason: 'a test' })
    return this.lists()
  }
  async lists(): Promise<Uint8Array> {
    return (await publishRevocations(this.authority)).bytes
  }
  /** `lic install`, by whoever looks after the machine. */
  async install(bytes: Uint8Array, state = this.state, root = this.authority.roots): Promise<void> {
    await install(this.device(state), { objects: splitSequence(bytes), roots: root.map((key) => key.bytes) })
  }
  /** `lic request`, `lic respond`, `lic activate`. */
  async activate({ lease, prolong = false }: { lease?: string; prolong?: boolean } = {}): Promise<void> {
    const ask = { license: undefined, product: undefined, bind: undefined, fresh: false, prolong }
    const device = this.device()
    const { bytes } = await request(device, ask)
    const asked = readAsked(writeDetails(bytes, {}))
    const clockConfirmed = asked.request.clock
    const answered = await respond(this.authority, { asked, lease, clockConfirmed })
    await activate(device, { objects: splitSequence(decodeText(answered.code)) })
  }
  async giveUp(): Promise<void> {
    await deactivate(this.device(), { license: undefined, buried: undefined, product: undefined })
  }
  /** `lic emergency`, and what the phone says into `lic unlock`. */
  async unlock(key: string): Promise<void> {
    const { codes } = await emergency(this.authority, { key, reason: 'a bad night' })
    await unlock(this.device(), codes[0]?.groups.join('-') ?? '')
  }
}

export const newSite = async (products = ['editor', 'viewer']): Promise<Site> => {
  const world = new FakeWorld(`site ${count++}`)
  const made = await ephemeralAuthority({ now: world.now, random: world.random, products })
  const authority = { ...made, confirmClock: async () => undefined }
  await write(authority, (tx) =>
    addCustomer(tx, authority, { id: 'globex', name: 'Globex GmbH', email: 'it@globex.example', brand: 'ephemeral' }),
  )
  return new Site(authority, world)
}
