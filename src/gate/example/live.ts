/** News to everybody who watches, over WebSockets that the gate guards: a feature, places at once, and a session that is good. */

import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Gate, guardSocket } from '../index.ts'
import type { Accounts } from './accounts.ts'

export interface Live {
  publish(news: string): void
  close(): void
}

export const live = (server: Server, gate: Gate, accounts: Accounts): Live => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000 })
  const watching = new Set<WebSocket>()
  server.on('upgrade', (request, socket, head) => {
    const { origin = '', host, cookie = '' } = request.headers
    // A page of somebody else's must not listen with the cookie of whoever opened it.
    if (request.url !== '/live' || origin !== `http://${host}` || !URL.canParse(origin)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, async (opened) => {
      const admitted = await guardSocket(gate, opened, {
        feature: 'real_time_sync',
        limit: 'max_concurrent_connections',
        facts: { domain: new URL(origin).hostname, ip: request.socket.remoteAddress },
        token: async () => (await accounts.nameIn(accounts.cookieIn(cookie))) !== undefined,
      })
      if (!admitted) return
      watching.add(opened)
      opened.on('close', () => watching.delete(opened))
    })
  })
  return {
    publish: (news) => {
      for (const each of watching) each.send(news)
    },
    close: () => {
      for (const each of sockets.clients) each.terminate()
      sockets.close()
    },
  }
}
