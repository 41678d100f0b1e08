/**
 * What the pages of the example do in the browser: alerts as they come, limits that grow, a page that goes when the license goes.
 * It shows and hides; what is allowed the server says.
 */

import { licenseClient } from '../../client.ts'

const license = licenseClient({ url: '/status', every: 60 })
const news = document.getElementById('news')

const tell = (text: string, kind: 'warning' | 'critical' | ''): void => {
  const note = document.createElement('div')
  note.className = `note ${kind}`
  note.textContent = text
  news?.replaceChildren(note)
}
const wordsOf = (detail: unknown): { message?: string; suggestion?: string } => detail as { message?: string }

const show = (): void => {
  for (const each of document.querySelectorAll<HTMLButtonElement>('button[data-feature]')) {
    each.disabled = !license.isEnabled(each.dataset.feature ?? '')
  }
  for (const bar of document.querySelectorAll<HTMLProgressElement>('progress[data-usage]')) {
    bar.value = Math.min(license.usagePercent(bar.dataset.usage ?? ''), 100)
  }
  for (const count of document.querySelectorAll<HTMLElement>('[data-used]')) {
    count.textContent = String(license.status?.usage[count.dataset.used ?? '']?.used ?? '')
  }
  // How it stands the frame of the page tells already.
  const worst = license.status?.alerts.find(({ type }) => type !== 'state')
  if (worst && document.querySelector('.alerts') === null) tell(`${worst.title}. ${worst.message}`, worst.severity)
}

// The server leads to the one page that is open now.
for (const event of ['license:expired', 'license:invalid'] as const) license.on(event, () => location.assign('/'))
license.on('license:updated', show)
license.on('license:feature_disabled', (detail) => {
  tell(wordsOf(detail).message ?? 'Something is no longer in the license.', 'warning')
  show()
})
license.on('license:limit_exceeded', (detail) => {
  const { message = '', suggestion = '' } = wordsOf(detail)
  tell(`${message} ${suggestion}`, 'critical')
})

const asked = document.getElementById('asked')
document.getElementById('ask')?.addEventListener('click', async () => {
  const response = await license.fetch('/api/orders', { headers: { Accept: 'application/json' } })
  if (asked) asked.textContent = response.ok ? `${((await response.json()) as unknown[]).length} orders` : 'refused'
})

const CLOSED: Readonly<Record<number, string>> = {
  4001: 'The license has ended.',
  4002: 'Log in again to see news.',
  4003: 'News are not in the license.',
  4005: 'Too many watch already.',
}
const line = document.getElementById('live')
if (line) {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/live`)
  socket.addEventListener('open', () => {
    line.textContent = 'You see news as they come.'
  })
  socket.addEventListener('message', ({ data }) => tell(String(data), ''))
  socket.addEventListener('close', ({ code }) => {
    line.textContent = CLOSED[code] ?? ''
  })
}

await license.refresh()
show()
