/**
 * WebSockets behind the gate, on a real server: accepted and then closed with a code that says why, asked again with each message,
 * counted as places that are free again when a connection is gone.
 */

import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { CLOSE, type Gate, guardSocket, type SocketLike, type SocketOptions } from '../../src/gate/index.ts'
import { DAY, newSite, type Site } from './site.ts'

const servers: WebSocketServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate()
    await new Promise((closed) => server.close(closed))
  }
})

const licensed = async (
  more: Parameters<Site['issue']>[0] = {},
  restrict?: readonly string[],
): Promise<{ site: Site; gate: Gate; key: string }> => {
  const site = await newSite()
  const limits = { places: { value: 2, period: 'concurrent' } } as const
  const { bytes, key } = await site.issue(more, { tier: 'basic', limits, restrict })
  await site.install(bytes)
  return { site, gate: await site.gate({ facts: { perRequest: ['ip'] } }), key }
}

interface Line {
  readonly got: string[]
  readonly closed: Promise<{ code: number; reason: string }>
  send(text: string): void
  end(): void
}

const serve = async (gate: Gate, options: SocketOptions) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  await new Promise((ready) => server.once('listening', ready))
  server.on('connection', (socket) => {
    void guardSocket(gate, socket, { ...options, message: (data) => socket.send(`echo ${String(data)}`) })
  })
  const { port } = server.address() as AddressInfo
  return async (): Promise<Line> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
    const got: string[] = []
    socket.on('message', (data) => got.push(String(data)))
    const closed = new Promise<{ code: number; reason: string }>((done) => {
      socket.once('close', (code, reason) => done({ code, reason: String(reason) }))
    })
    // Accepted in any case: a browser that is refused is not told why.
    await new Promise((open, failed) => {
      socket.once('open', open)
      socket.once('error', failed)
    })
    return { got, closed, send: (text) => socket.send(text), end: () => socket.close() }
  }
}
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await pause(2)
}

test('what may pass passes, in order, from the first message on', async () => {
  const { gate } = await licensed()
  const connect = await serve(gate, {
    feature: 'real_time_sync',
    tier: 'basic',
    limit: 'places',
    token: async () => true,
  })
  const line = await connect()
  for (let i = 0; i < 20; i++) line.send(String(i))
  await until(() => line.got.length === 20)
  expect(line.got).toEqual(Array.from({ length: 20 }, (_, i) => `echo ${i}`))
  line.end()
  expect((await line.closed).code).toBe(1005)
})

describe('a connection is closed', () => {
  const closing = async (gate: Gate, options: SocketOptions): Promise<{ code: number; reason: string }> =>
    (await (await serve(gate, options))()).closed

  test('with 4000 without a license', async () => {
    expect(await closing(await (await newSite()).gate(), {})).toEqual({ code: 4000, reason: 'Activation' })
  })
  test('with 4000 from where the license does not hold', async () => {
    const { gate } = await licensed({}, ['ip=127.0.0.0/8'])
    expect(await closing(gate, { facts: { ip: '192.0.2.1' } })).toMatchObject({
      code: 4000,
      reason: expect.stringContaining('not for 192.0.2.1'),
    })
    const line = await (await serve(gate, { facts: { ip: '127.0.0.1' } }))()
    line.send('in')
    await until(() => line.got.length === 1)
    line.end()
  })
  test('with 4001 after its end', async () => {
    const { gate, site } = await licensed({ expires: '10d' })
    site.world.shown += 20 * DAY
    await gate.refresh()
    expect(await closing(gate, { token: () => false })).toEqual({ code: 4001, reason: 'The license has expired' })
  })
  test.each([
    ['that is false', () => false],
    ['that is false later', async () => false],
    [
      'that cannot be read',
      () => {
        throw new Error('no token')
      },
    ],
    ['that is nearly true', () => 'true' as unknown as boolean],
  ])('with 4002 for a token %s', async (_, token) => {
    expect(await closing((await licensed()).gate, { token })).toMatchObject({ code: 4002 })
  })
  test('with 4003 for a feature or tier that is not licensed', async () => {
    const { gate } = await licensed()
    expect(await closing(gate, { feature: 'time_travel' })).toEqual({
      code: 4003,
      reason: 'The license does not have time travel.',
    })
    expect(await closing(gate, { tier: 'enterprise' })).toMatchObject({ code: 4003 })
  })
  test('with 4005 when there are too many, until one is gone', async () => {
    const { gate } = await licensed()
    const connect = await serve(gate, { limit: 'places' })
    const [first, second] = [await connect(), await connect()]
    await until(() => gate.holding() === 2)
    expect(await (await connect()).closed).toEqual({ code: 4005, reason: 'Too many connections at once.' })
    first.end()
    await until(() => gate.holding() === 1)
    const third = await connect()
    third.send('hello')
    await until(() => third.got.length === 1)
    for (const line of [second, third]) line.end()
    await until(() => gate.holding() === 0)
  })
  test('with 4000 for a limit that no license names', async () => {
    expect(await closing((await licensed()).gate, { limit: 'unheard_of' })).toMatchObject({ code: 4000 })
  })
})

describe('once admitted', () => {
  test('it is asked again with each message', async () => {
    const { gate } = await licensed()
    let good = true
    const line = await (await serve(gate, { token: () => good, limit: 'places' }))()
    line.send('one')
    await until(() => line.got.length === 1)
    good = false
    line.send('two')
    expect([(await line.closed).code, line.got]).toEqual([4002, ['echo one']])
    await until(() => gate.holding() === 0)
  })
  test('it is closed when the license changes, also when nobody says anything', async () => {
    const { gate, site, key } = await licensed()
    const line = await (await serve(gate, { feature: 'real_time_sync' }))()
    line.send('one')
    await until(() => line.got.length === 1)
    await site.install((await site.change({ key, without: ['real_time_sync'] })).bytes)
    await gate.refresh()
    expect((await line.closed).code).toBe(4003)
    const other = await (await serve(gate, {}))()
    other.send('one')
    await until(() => other.got.length === 1)
    await site.install(await site.move('revoke', key))
    await gate.refresh()
    expect(await other.closed).toEqual({ code: 4000, reason: 'The license was revoked' })
  })
})

test('a flood before admission ends in its closing, and nothing of it arrives', async () => {
  const { gate } = await licensed()
  const listeners: Record<string, (event: { data: unknown }) => void> = {}
  const closed: unknown[] = []
  const socket: SocketLike = {
    close: (code) => closed.push(code),
    addEventListener: (type: string, listener: (event: { data: unknown }) => void) => {
      listeners[type] = listener
    },
  }
  const got: unknown[] = []
  const admitted = guardSocket(gate, socket, { limit: 'places', message: (data) => got.push(data) })
  for (let i = 0; i < 1_000; i++) listeners.message?.({ data: i })
  expect([await admitted, closed, got, gate.holding()]).toEqual([false, [CLOSE.general], [], 0])
})

test('whoever hangs up before being admitted leaves no place taken', async () => {
  const { gate } = await licensed()
  const listeners: Record<string, () => void> = {}
  const socket: SocketLike = {
    close: () => undefined,
    addEventListener: (type: string, listener: (event: never) => void) => {
      listeners[type] = listener as () => void
    },
  }
  const admitted = guardSocket(gate, socket, { limit: 'places' })
  await Promise.resolve()
  listeners.close?.()
  expect(await admitted).toBe(false)
  await until(() => gate.holding() === 0)
})
