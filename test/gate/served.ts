/**
 * One small product behind each of the three guards, on a real server: Express and Hono as they are installed, and a plain fetch
 * handler. Every route says which it is, so that a test knows what was reached, and not only what was answered.
 */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { afterEach } from 'vitest'
import { guard as expressGuard } from '../../src/gate/express.ts'
import { guard as fetchGuard } from '../../src/gate/fetch.ts'
import { guard as honoGuard } from '../../src/gate/hono.ts'
import type { HttpOptions } from '../../src/gate/http/rules.ts'
import type { Gate } from '../../src/gate/index.ts'

export const OPEN = ['/health', '/assets/app.js', '/activation', '/activation/request']
export const GATED = ['/', '/orders', '/reports', '/reports/year', '/admin', '/travel', '/api', '/live', '/license']

export const OPTIONS = {
  public: ['/health', '/assets/*'],
  features: { '/reports': 'advanced_reporting' },
  upgrade: 'https://vendor.example/upgrade?from=<editor>',
  contact: 'mailto:help@vendor.example',
  name: 'Editor <2>',
} as const satisfies HttpOptions<never>

export interface Served {
  readonly url: string
  readonly port: number
  /** Routes that were reached, in order. */
  readonly reached: string[]
}

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

const listening = async (server: Server, reached: string[]): Promise<Served> => {
  servers.push(server)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, reached }
}

/** What a request holds while its answer is on the way: the test ends it. */
export const held: { finish: () => void } = { finish: () => undefined }
const waiting = (): Promise<void> =>
  new Promise((done) => {
    held.finish = done
  })

type Source = Gate | ((request: unknown) => Gate | Promise<Gate>)

const viaExpress = (gate: Source, options: HttpOptions<unknown>): Promise<Served> => {
  const reached: string[] = []
  const app = express()
  const license = expressGuard<express.Request>(gate, options)
  app.use(license)
  app.get('/travel', license.requireFeature('time_travel'), (_, response) => void response.send('travel'))
  app.get('/admin', license.requireTier('enterprise'), (_, response) => void response.send('admin'))
  app.all('/api', license.track('calls'), (_, response) => void response.send('api'))
  app.get('/counted', license.track('max_users'), (_, response) => void response.send('counted'))
  app.get('/live', license.track('places'), async (_, response) => {
    await waiting()
    response.send('live')
  })
  app.get('/license', license.status)
  app.use((request, response) => {
    reached.push(request.path)
    response.send(`reached ${request.path}`)
  })
  const failed: express.ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).send(String(error.code))
  }
  app.use(failed)
  return listening(createServer(app), reached)
}

const viaHono = (gate: Source, options: HttpOptions<unknown>): Promise<Served> => {
  const reached: string[] = []
  const app = new Hono()
  const license = honoGuard(gate, options)
  app.use(license)
  app.get('/travel', license.requireFeature('time_travel'), (c) => c.text('travel'))
  app.get('/admin', license.requireTier('enterprise'), (c) => c.text('admin'))
  app.all('/api', license.track('calls'), (c) => c.text('api'))
  app.get('/counted', license.track('max_users'), (c) => c.text('counted'))
  app.get('/live', license.track('places'), async (c) => {
    await waiting()
    return c.text('live')
  })
  app.get('/license', license.status)
  app.all('*', (c) => {
    reached.push(c.req.path)
    return c.text(`reached ${c.req.path}`)
  })
  app.onError((error, c) => c.text(String((error as { code?: string }).code), 500))
  return listening(createServer(getRequestListener(app.fetch)), reached)
}

const viaFetch = (gate: Source, options: HttpOptions<unknown>): Promise<Served> => {
  const reached: string[] = []
  const license = fetchGuard(gate, options)
  const says = (text: string) => (): Response => new Response(text)
  const routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
    '/travel': license.requireFeature('time_travel')(says('travel')),
    '/admin': license.requireTier('enterprise')(says('admin')),
    '/api': license.track('calls')(says('api')),
    '/counted': license.track('max_users')(says('counted')),
    '/live': license.track('places')(async () => {
      await waiting()
      return new Response('live')
    }),
    '/license': license.status,
  }
  const app = license((request) => {
    const { pathname } = new URL(request.url)
    const route = routes[pathname]
    if (route) return route(request)
    reached.push(pathname)
    return new Response(`reached ${pathname}`)
  })
  const answered = async (request: Request): Promise<Response> => {
    try {
      return await app(request)
    } catch (error) {
      return new Response(String((error as { code?: string }).code), { status: 500 })
    }
  }
  return listening(createServer(getRequestListener(answered)), reached)
}

export const SERVERS = { express: viaExpress, hono: viaHono, fetch: viaFetch } as const
export type Kind = keyof typeof SERVERS

export const serve = (
  kind: Kind,
  gate: Source,
  options: HttpOptions<unknown> = OPTIONS as HttpOptions<unknown>,
): Promise<Served> => SERVERS[kind](gate, options)

/** Requests as they stand, one after the other on few connections, whatever they ask for; the answers' first lines, in order. */
export const raw = async (port: number, targets: readonly string[]): Promise<readonly string[]> => {
  const answers: string[] = []
  for (let i = 0; i < targets.length; ) {
    i += await oneConnection(port, targets.slice(i), answers)
  }
  return answers
}

/** @returns how many were answered before the server hung up, which it may after a request that is none */
const oneConnection = (port: number, targets: readonly string[], answers: string[]): Promise<number> =>
  new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1')
    let count = 0
    let buffer = Buffer.alloc(0)
    const ask = (): void => {
      const target = targets[count]
      if (target === undefined) socket.end()
      else socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: product.example\r\nAccept: */*\r\n\r\n`, 'latin1'))
    }
    socket.on('connect', ask)
    socket.on('data', (data: Buffer) => {
      buffer = Buffer.concat([buffer, data])
      const head = buffer.indexOf('\r\n\r\n')
      if (head < 0) return
      const lines = buffer.subarray(0, head).toString('latin1')
      const length = Number(/content-length: (\d+)/i.exec(lines)?.[1] ?? Number.NaN)
      const chunked = /transfer-encoding: chunked/i.test(lines)
      const end = chunked ? buffer.indexOf('0\r\n\r\n', head) + 5 : head + 4 + (Number.isNaN(length) ? 0 : length)
      if (buffer.length < end || (chunked && end < head)) return
      answers.push(`${lines.split('\r\n')[0]} ${buffer.subarray(head + 4, end).toString('latin1')}`)
      buffer = buffer.subarray(end)
      count += 1
      if (/connection: close/i.test(lines)) socket.end()
      else ask()
    })
    socket.on('error', (error) => (count > 0 ? done(count) : failed(error)))
    socket.on('close', () => done(count))
  })

export type Requested = IncomingMessage
