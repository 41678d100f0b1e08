/**
 * Named users: as many as there are places however many processes name them, none of them lost whoever is killed when, in the order
 * in which they were named; what is edited by hand is noticed; a hundred thousand cost a product no more than a hundred.
 */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { counterPlaces } from '../../src/device/counters/places.ts'
import { newPile, ordered } from '../../src/device/counters/slices.ts'
import { isUserName, openUsers, type Users } from '../../src/device/counters/users.ts'
import { longestBlock } from '../harness/loop.ts'
import { seeded } from '../harness/world.ts'
import { processes } from './processes.ts'
import { newRoot, START } from './site.ts'

const SLOW = process.env.SLOW === '1'
const start = processes()

let opened = 0
const here = (dir: string, now: () => number = () => START): Users =>
  openUsers({
    places: counterPlaces({ dir, mirror: `${dir}.mirror`, released: dir }),
    rights: { shared: false, uid: process.getuid?.() },
    random: seeded(`users ${opened++}`),
    now,
  })
const newDir = (): string => join(newRoot(), 'state')

const namesOf = async (users: Users, product = 'editor'): Promise<readonly string[]> => {
  const names: string[] = []
  for await (const page of users.list(product)) for (const { user } of page) names.push(user)
  return names
}
const assignAll = (users: Users, names: readonly string[], places = 0, product = 'editor') =>
  Promise.all(names.map((name) => users.assign(product, name, places)))
const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `user ${String(i).padStart(6, '0')}`)
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'passed',
    (error) => error.code,
  )

describe('named users', () => {
  test('have at most as many places as there are, also when they come at once', async () => {
    const dir = newDir()
    const all = [here(dir), here(dir), here(dir)] as const
    const [one] = all
    const asked = await Promise.all(numbered(12).map((name, i) => (all[i % 3] as Users).assign('editor', name, 5)))
    expect(asked.filter(({ granted }) => granted).length).toBe(5)
    const users = await namesOf(one)
    expect(users.length).toBe(5)
    expect((await one.assign('editor', users[0] ?? '', 5)).granted).toBe(true)
    expect(await one.unassign('editor', users[0] ?? '')).toBe(true)
    expect(await one.unassign('editor', users[0] ?? '')).toBe(false)
    expect(await one.assign('editor', 'late', 5)).toMatchObject({ granted: true, used: 5 })
    expect((await one.assign('viewer', 'late', 1)).granted).toBe(true)
    expect([await one.count('editor'), await one.count('viewer'), await one.count('other')]).toEqual([5, 1, undefined])
    for (const each of all) await each.close()
  })

  test('are those of a plain map after any changes, whichever process makes them', async () => {
    const dir = newDir()
    const two = [here(dir), here(dir)] as const
    const model = new Map<string, number>()
    const die = seeded('changes')
    const roll = (sides: number): number => {
      const [a = 0, b = 0, c = 0] = die(3)
      return (a * 65_536 + b * 256 + c) % sides
    }
    let now = START
    const rounds = SLOW ? 2_000 : 150
    for (let round = 0; round < rounds; round++) {
      const users = two[roll(2)] as Users
      // First they become more, then fewer, down to none.
      const growing = round < rounds / 2
      const batch = Array.from({ length: 1 + roll(100) }, () => {
        const user = `${roll(4_000)} ${'x'.repeat(roll(3) === 0 ? 200 : 4)}`
        return { user, named: roll(10) < (growing ? 8 : 1) }
      })
      const asked = await Promise.all(
        batch.map(({ user, named }) =>
          named ? users.assign('editor', user, 0).then(({ used }) => used) : users.unassign('editor', user),
        ),
      )
      const expected = batch.map(({ user, named }) => {
        if (!named) return model.delete(user)
        if (!model.has(user)) model.set(user, now)
        return model.size
      })
      expect(asked).toEqual(expected)
      now++
      if (round % 25 === 0) expect(await namesOf(two[roll(2)] as Users)).toEqual([...model.keys()])
    }
    expect(await namesOf(here(dir))).toEqual([...model.keys()])
    await Promise.all([...model.keys()].map((user) => two[0].unassign('editor', user)))
    expect([await namesOf(two[1]), await two[1].count('editor')]).toEqual([[], 0])
    for (const each of two) await each.close()
    // What is left is the last of everything.
    expect(readdirSync(join(`${dir}.mirror`, 'usage', 'users')).length).toBeLessThan(2_000)
  })

  test('keep their order and the time of their naming', async () => {
    const dir = newDir()
    let now = START
    const users = here(dir, () => now++)
    const names = numbered(700).toReversed()
    await assignAll(users, names)
    for (const name of names.slice(0, 3)) await users.unassign('editor', name)
    await users.assign('editor', names[1] ?? '', 0)
    const all: { user: string; since: number }[] = []
    for await (const page of users.list('editor')) all.push(...page)
    expect(all.map(({ user }) => user)).toEqual([...names.slice(3), names[1]])
    expect(all.map(({ since }) => since)).toEqual([
      ...Array.from({ length: 697 }, (_, i) => START + 3 + i),
      START + 700,
    ])
    await users.close()
  })

  test('of more than there are places those who were named first have one', async () => {
    const dir = newDir()
    const users = here(dir)
    const names = numbered(400).map((name, i) => `${(i * 7919) % 400} ${name}`)
    await assignAll(users, names)
    const placed = async (places: number) =>
      (await assignAll(here(dir), names, places)).map(({ granted }, i) => (granted ? i : -1)).filter((i) => i >= 0)
    expect(await placed(100)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(await users.assign('editor', 'new', 100)).toEqual({ granted: false, used: 400, resets: undefined })
    // Wishes at once are told in their turn: whoever waits has the place that was given up just before.
    const [before, , after] = await Promise.all([
      users.assign('editor', names[100] ?? '', 100),
      users.unassign('editor', names[7] ?? ''),
      users.assign('editor', names[100] ?? '', 100),
    ])
    expect([before.granted, after.granted, after.used]).toEqual([false, true, 399])
    expect(await placed(100)).toEqual([...Array.from({ length: 101 }, (_, i) => i).filter((i) => i !== 7)])
    expect((await placed(0)).length).toBe(400)
    await users.close()
  })

  test('are all listed while others are named, although what they lay in is cleared away meanwhile', async () => {
    const dir = newDir()
    const users = here(dir)
    const names = numbered(6_000)
    await assignAll(users, names)
    let goesOn = true
    const others = async (): Promise<void> => {
      for (let i = 0; goesOn; i++) {
        await assignAll(
          users,
          Array.from({ length: 40 }, (_, k) => `${names[((40 * i + k) * 4_999) % 6_000]} the second`),
        )
      }
    }
    const naming = others()
    for (let i = 0; i < 5; i++) {
      const listed = new Set(await namesOf(here(dir)))
      expect(names.filter((name) => !listed.has(name))).toEqual([])
    }
    goesOn = false
    await naming
    await users.close()
  })

  test('are called what can be written and read again', async () => {
    const dir = newDir()
    const users = here(dir)
    const names = [
      'ä'.repeat(127),
      '\u{1f600}',
      ' ',
      '\0',
      'a\ufeff',
      '\uffff',
      'é',
      'e\u0301',
      '__proto__',
      'x'.repeat(255),
    ]
    expect((await assignAll(users, names)).every(({ granted }) => granted)).toBe(true)
    expect(await namesOf(here(dir))).toEqual(names)
    for (const name of ['', 'ä'.repeat(128), '\ufeffa', '\ud800', 'a\udc00b', 7, undefined] as string[]) {
      expect([isUserName(name), await codeOf(users.assign('editor', name, 0))]).toEqual([false, 'INVALID_INPUT'])
      expect(await users.unassign('editor', name)).toBe(false)
    }
    await users.close()
  })
})

describe('processes that name users', () => {
  test('five of them never exceed the places, and leave none of them unused', async () => {
    const dir = newDir()
    const places = SLOW ? 3_000 : 200
    const all = Array.from({ length: 5 }, () => start(dir, 'editor', places, Math.min(places, 1000), 4, 'assign'))
    const yes = await Promise.all(all.map((each) => each.yes))
    expect(yes.reduce((a, b) => a + b)).toBe(places)
    expect(new Set(await namesOf(here(dir))).size).toBe(places)
  })

  test('one that stops in the middle and goes on much later loses nothing, and refers to nothing that was cleared away', async () => {
    const dir = newDir()
    const places = SLOW ? 2_000 : 300
    const all = [1, 2, 3].map(() => start(dir, 'editor', places, Math.min(places, 1000), 2, 'assign'))
    let goesOn = true
    const said = Promise.all(all.map((each) => each.yes)).finally(() => {
      goesOn = false
    })
    const die = seeded('stops')
    while (goesOn) {
      const [a = 0, b = 0] = die(2)
      all[0]?.child.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 50 + a))
      all[0]?.child.kill('SIGCONT')
      await new Promise((resolve) => setTimeout(resolve, b / 8))
    }
    expect((await said).reduce((x, y) => x + y)).toBe(places)
    // The first copy alone has all of them.
    rmSync(join(`${dir}.mirror`, 'usage'), { recursive: true })
    expect(new Set(await namesOf(here(dir))).size).toBe(places)
  })

  test('killed at any moment have named whom they were told and at most whom they were about to be', async () => {
    const kills = SLOW ? 100 : 4
    const inFlight = 3
    const die = seeded('when users')
    let killed = 0
    while (killed < kills) {
      const dir = newDir()
      const places = 600
      let yes = 0
      let unacknowledged = 0
      for (let round = 0; round < 40; round++) {
        const running = [1, 2].map(() => start(dir, 'editor', places, places, inFlight, 'assign'))
        const [first] = running
        const [a = 0] = die(1)
        const fate = setTimeout(() => first?.child.kill('SIGKILL'), 120 + a)
        const said = await Promise.all(running.map((each) => each.yes))
        clearTimeout(fate)
        yes += said.reduce((x, y) => x + y)
        if (first?.child.signalCode === 'SIGKILL') {
          killed++
          unacknowledged += inFlight
        }
        const users = here(dir)
        const used = (await users.count('editor')) ?? 0
        expect((await namesOf(users)).length).toBe(used)
        expect(used).toBeLessThanOrEqual(places)
        expect(used).toBeGreaterThanOrEqual(yes)
        expect(used - yes).toBeLessThanOrEqual(unacknowledged)
        if (used === places) break
      }
    }
  })
})

describe('files of named users', () => {
  const PLACES = 900
  const filled = async (): Promise<{ dir: string; names: readonly string[] }> => {
    const dir = newDir()
    const users = here(dir)
    const names = numbered(PLACES)
    await assignAll(users, names)
    await users.close()
    return { dir, names }
  }
  const partsOf = (dir: string): string => join(dir, 'usage', 'users')
  /** What the newest generation refers to: the second copy has nothing else. */
  const parts = (dir: string): readonly string[] => {
    const all = readdirSync(partsOf(`${dir}.mirror`)).sort()
    expect(all.length).toBeGreaterThan(8)
    return all
  }

  test('are there twice: one that is edited or gone is read from the second copy, and is written again', async () => {
    const { dir, names } = await filled()
    for (const [i, part] of parts(dir).entries()) {
      const path = join(partsOf(dir), part)
      if (i % 2 === 0) rmSync(path)
      else writeFileSync(path, 'edited')
    }
    const users = here(dir)
    expect(await namesOf(users)).toEqual(names)
    expect(await users.assign('editor', 'one too many', PLACES)).toMatchObject({ granted: false, used: PLACES })
    expect(await users.assign('editor', 'one more', PLACES + 1)).toMatchObject({ granted: true, used: PLACES + 1 })
    await users.close()
    rmSync(join(`${dir}.mirror`, 'usage'), { recursive: true })
    expect((await namesOf(here(dir))).length).toBe(PLACES + 1)
  })

  test.each(['edited', 'gone', 'another one'])(
    'each of which is %s in both directories give nobody a place',
    async (how) => {
      const { dir, names } = await filled()
      const all = parts(dir)
      for (const [i, part] of all.entries()) {
        const paths = [dir, `${dir}.mirror`].map((each) => join(partsOf(each), part))
        const before = readFileSync(paths[0] ?? '')
        for (const path of paths) {
          if (how === 'gone') rmSync(path)
          else if (how === 'edited') writeFileSync(path, Buffer.from(before).fill(0, before.length - 3))
          else copyFileSync(join(partsOf(dir), all[(i + 1) % all.length] ?? ''), path)
        }
        for (const name of ['new 1', names[0] ?? '', names[450] ?? '', names[899] ?? '', 'zz']) {
          // The generation before it, of which fewer were named, or none at all.
          const isNamed = names.includes(name)
          const told = await here(dir)
            .assign('editor', name, 1)
            .then(
              ({ granted }) => granted,
              ({ code }) => code,
            )
          expect(['STATE_DAMAGED', isNamed && name === names[0]]).toContain(told)
        }
        const listed = await namesOf(here(dir)).catch(({ code }) => code)
        expect(listed === 'STATE_DAMAGED' || names.slice(0, listed.length).join() === listed.join()).toBe(true)
        for (const path of paths) writeFileSync(path, before, { mode: 0o600 })
      }
      expect(await namesOf(here(dir))).toEqual(names)
    },
  )

  test('of the newest generation that are gone leave the generation before it', async () => {
    const dir = newDir()
    const users = here(dir)
    for (const name of ['ada', 'bo', 'cy']) await users.assign('editor', name, 3)
    await users.close()
    const newest = readdirSync(partsOf(dir)).toSorted().at(-1) ?? ''
    for (const each of [dir, `${dir}.mirror`]) rmSync(join(partsOf(each), newest))
    const other = here(dir)
    expect(await namesOf(other)).toEqual(['ada', 'bo'])
    expect((await other.assign('editor', 'dee', 3)).granted).toBe(true)
    expect(await namesOf(here(dir))).toEqual(['ada', 'bo', 'dee'])
    // A process that knows the third in memory comes to the same.
    expect(await users.assign('editor', 'eve', 3)).toMatchObject({ granted: false, used: 3 })
    await other.close()
  })

  test('that are all deleted are written again by a process that runs, and forgotten by a new one', async () => {
    const { dir, names } = await filled()
    const users = here(dir)
    expect(await namesOf(users)).toEqual(names)
    const remove = (): void => {
      for (const each of [dir, `${dir}.mirror`])
        rmSync(join(each, 'usage'), { recursive: true, maxRetries: 10, retryDelay: 20 })
    }
    remove()
    expect(await users.assign('editor', 'late', 0)).toMatchObject({ used: PLACES + 1 })
    expect(await namesOf(here(dir))).toEqual([...names, 'late'])
    await users.close()
    remove()
    expect(await here(dir).count('editor')).toBeUndefined()
  })

  test('are cleared away when nothing refers to them, and what killed processes left behind too', async () => {
    const dir = newDir()
    const two = [here(dir), here(dir)] as const
    mkdirSync(partsOf(dir), { recursive: true, mode: 0o700 })
    const usage = join(dir, 'usage')
    const left = [
      join(usage, '.new.users.0000000003.0123456789ab'),
      join(partsOf(dir), '.new.blob.0000000003.0123456789ab'),
      join(partsOf(dir), `0000000003.${'ab'.repeat(32)}`),
    ]
    for (const path of left) writeFileSync(path, 'left behind', { mode: 0o600 })
    const rounds = SLOW ? 5_000 : 400
    let most = 0
    for (let i = 0; i < rounds; i++) {
      await (two[i % 2] as Users).assign('editor', `${(i * 7919) % 1000}`, 0)
      if (i % 3 === 0) await (two[i % 2] as Users).unassign('editor', `${((i - 3) * 7919) % 1000}`)
      if (i % 20 === 0) most = Math.max(most, readdirSync(partsOf(dir)).length)
    }
    for (const each of two) await each.close()
    expect(left.filter(existsSync)).toEqual([])
    expect(most).toBeLessThan(600)
    expect(readdirSync(usage).filter((name) => name.startsWith('users.')).length).toBeLessThanOrEqual(32)
    expect(new Set(await namesOf(here(dir))).size).toBe(await here(dir).count('editor'))
  })
})

test('numbers are put in order in slices', async () => {
  for (const count of [0, 1, 127, 128, 129, 1024, 5_000]) {
    const numbers = Array.from({ length: count }, (_, i) => (i * 7919) % 5_003)
    const pile = newPile<number>()
    for (const each of numbers) pile.push(each)
    const order = [...(await ordered(pile))]
    expect(order.map((i) => numbers[i])).toEqual(numbers.toSorted((a, b) => a - b))
    expect([pile.length(), pile.at(-1), pile.at(count), pile.at(count + 5_000)]).toEqual([count, ...Array(3)])
  }
})

describe('a product with many users', () => {
  const MANY = SLOW ? 100_000 : 20_000
  /** What a tenth of them are below: the work itself keeps the loop in every call, what else this machine does in some. */
  const least = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? 0
  /** Milliseconds that the loop was kept by each of some calls. */
  const blocks = async (calls: number, work: (i: number) => Promise<unknown>): Promise<readonly number[]> => {
    const all: number[] = []
    for (let i = 0; i < calls; i++) all.push(await longestBlock(() => work(i)))
    return all
  }

  test('is not kept waiting by naming, releasing, a first look and a list', async () => {
    const dir = newDir()
    const names = numbered(MANY)
    const users = here(dir)
    await assignAll(users, names)
    await users.close()
    const someone = (i: number): string => names[(i * 4_999) % MANY] ?? ''
    const works: Readonly<Record<string, (i: number) => Promise<unknown>>> = {
      'a new one': (i) => users.assign('editor', `${someone(i)} the second`, 0),
      'one who is named': (i) => users.assign('editor', someone(i), MANY),
      released: (i) => users.unassign('editor', `${someone(i)} the second`),
      'a first look': (i) => here(dir).assign('editor', someone(i), MANY),
      'too many': (i) => users.assign('editor', someone(i), 100),
    }
    for (const [what, work] of Object.entries(works)) expect(least(await blocks(31, work)), what).toBeLessThan(1)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    expect((await namesOf(here(dir))).length).toBe(MANY)
    delay.disable()
    // A thread that is never given up until the list is there has turned a few times at most.
    expect(delay.count).toBeGreaterThan(MANY / 1_000)
    expect(delay.percentile(25) / 1e6).toBeLessThan(3)
  })
})
