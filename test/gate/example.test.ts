/**
 * The example as people meet it: its built server on a real port, Chromium in front of it, the built `lic` as its vendor, and the
 * system's clock moved for the process. Everything is done with the keyboard: a script reads the pages and never touches them.
 * Nothing may be asked of any other host.
 * SCREENSHOTS=DIR keeps a picture of every step.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const hasFaketime = spawnSync('faketime', ['--version']).status === 0
const { SCREENSHOTS } = process.env
/** Where the license says that the product is reached; the browser finds it here. */
const DOMAIN = 'stockroom.globex.example'

if (!CHROMIUM && process.env.REQUIRE_CHROMIUM) throw new Error('Chromium is not installed')

describe.runIf(CHROMIUM)('a product that obeys its license', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-example-'))
  const at = (name: string): string => join(dir, name)
  let browser: Browser
  let page: Page
  let server: ChildProcess
  let url = ''
  let host = '127.0.0.1'
  /** Who has the seat. */
  let who = 'ada'
  let key = ''
  /** How far the clock of vendor and product is ahead. */
  let later: string | undefined
  let shots = 0
  /** What a dialog that asks for a file is answered. */
  let chosen = ''
  const asked = new Set<string>()
  const complaints: string[] = []

  /** Words behind a clock that is ahead, for both sides; told to end, faketime waits for the program and clears away behind it. */
  const withClock = (words: readonly string[]): [string, readonly string[]] =>
    later === undefined
      ? [process.execPath, words]
      : [
          'sh',
          [
            '-c',
            'trap "" TERM; exec faketime "$@"',
            'sh',
            '--exclude-monotonic',
            '-f',
            later,
            process.execPath,
            ...words,
          ],
        ]
  const env = { PATH: process.env.PATH ?? '', HOME: dir, CI: 'true', TZ: 'UTC' }
  const lic = (...words: string[]): Record<string, unknown> => {
    const [program, all] = withClock([join(ROOT, 'bin/lic.js'), ...words, '--home', at('home'), '--json'])
    const out = execFileSync(program, all, { cwd: dir, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return JSON.parse(out.trim().split('\n').at(-1) ?? '').data
  }
  const start = async (): Promise<void> => {
    const port = url === '' ? '0' : new URL(url).port
    const [program, words] = withClock([
      ...[join(ROOT, 'dist/example/main.js'), '--root', at('root.pub'), '--dir', at('data'), '--port', port],
    ])
    server = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      const found = /listens on (\S+)/.exec(line)?.[1]
      if (found === undefined) continue
      url = found.replace('127.0.0.1', host)
      server.stdout?.resume()
      return
    }
    throw new Error('the example did not start')
  }
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null) return
    const gone = once(server, 'close')
    // With the program in front of it.
    process.kill(-(server.pid ?? 0), 'SIGTERM')
    await gone
  }

  beforeAll(async () => {
    lic('init', '--name', 'Stockroom Software', '--no-passphrase')
    lic('product', 'add', 'stockroom', '--name', 'Stockroom', '--prefix', 'STOCK')
    lic('trust', 'export', '--out', 'root.pub')
    await start()
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: ['--no-sandbox', `--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1`],
    })
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } })
    // Whoever only listens changes nothing.
    await page.addInitScript(
      "globalThis.focused = new Set(); addEventListener('focusin', (e) => focused.add(e.target))",
    )
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) asked.add(new URL(request.url()).origin)
    })
    page.on('filechooser', (chooser) => void chooser.setFiles(chosen))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      // A refusal is told as one that could not be loaded.
      if (message.type() === 'error' && !/status of (403|429|422|401)/.test(message.text()))
        complaints.push(message.text())
    })
  }, 60_000)
  afterEach(async () => {
    if (SCREENSHOTS === undefined) return
    mkdirSync(SCREENSHOTS, { recursive: true })
    shots += 1
    await page.screenshot({ path: join(SCREENSHOTS, `${String(shots).padStart(2, '0')}.png`), fullPage: true })
  })
  afterAll(async () => {
    await browser?.close()
    if (server) await stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** Until something holds on the page, which lets nobody evaluate text in it but whoever holds the browser. */
  const until = (holds: string): Promise<void> =>
    expect.poll(() => page.evaluate(holds), { timeout: 10_000, interval: 20 }).toBe(true)
  /** What the element with the focus is called by whoever reads it out. */
  const focused = (): Promise<string> =>
    page.evaluate(`(() => {
      const it = document.activeElement
      const label = it.labels?.[0]
      return (label ? label.firstChild.textContent : it.textContent).trim()
    })()`)
  /** Goes there with the tabulator alone. */
  const tabTo = async (name: string): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      if (`${await focused()} `.replace(',', ' ').startsWith(`${name} `)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`no way to ${name} with the keyboard on ${page.url()}`)
  }
  const type = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(fields)) {
      await tabTo(name)
      await page.keyboard.type(text)
    }
  }
  /** Enter on a button or link, and the page that it leads to. */
  const press = async (name: string): Promise<void> => {
    await tabTo(name)
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
  }
  const choose = async (name: string, path: string): Promise<void> => {
    await tabTo(name)
    chosen = path
    await page.keyboard.press('Enter')
    await until('document.activeElement.files.length === 1')
  }
  const open = async (path: string): Promise<void> => {
    await page.goto(url + path)
  }
  const path = (): string => new URL(page.url()).pathname
  const heading = (): Promise<string> => page.innerText('h1')
  const upload = async (file: string): Promise<void> => {
    await open('/activation')
    await choose('Or choose the file', at(file))
    await press('Install')
  }
  const logIn = async (name = who): Promise<void> => {
    await type({ Name: name, Password: `${name} and more` })
    await press('Log in')
  }
  /** Every control of the page gets the focus in its turn. */
  const isAllReached = async (): Promise<void> => {
    const unreached = `[...document.querySelectorAll('a[href], button, input, textarea, summary')]
      .filter((it) => !it.disabled && it.type !== 'hidden' && it.checkVisibility() && !focused.has(it))
      .map((it) => it.outerHTML)`
    await page.evaluate('focused.clear()')
    const { length }: { length: number } = await page.evaluate(unreached)
    for (let i = 0; i < length + 2; i++) await page.keyboard.press('Tab')
    expect(await page.evaluate(unreached), page.url()).toEqual([])
  }

  test('without a license only the activation page opens', async () => {
    for (const each of ['/', '/login', '/setup', '/license', '/orders']) {
      await open(each)
      expect(path()).toBe('/activation')
    }
    expect((await page.request.get(`${url}/health`)).status()).toBe(200)
    expect((await page.request.post(`${url}/setup`, { form: { name: 'x', password: 'xxxxxxxx' } })).status()).toBe(403)
  })

  test('what is no license is told as that, and changes nothing', async () => {
    await type({ 'Paste the text': 'LIC1-0123' })
    await press('Install')
    expect([path(), await page.locator('[role=alert]').count()]).toEqual(['/activation', 1])
    await open('/')
    expect(path()).toBe('/activation')
  })

  test('a license is uploaded; it asks for an activation, with a request to photograph', async () => {
    const issued = lic(
      ...['issue', '--customer', 'globex', '--create-customer', '--customer-name', 'Globex GmbH'],
      ...['--product', 'stockroom', '--tier', 'basic', '--expires', '1y'],
      ...['--activation', 'required', '--limit', 'max_api_requests_per_hour=3/hour'],
      ...['--limit', 'max_users=2', '--kind', 'named-user', '--seats', '1', '--out', 'globex.lic'],
    )
    key = issued.key as string
    await upload('globex.lic')
    expect([path(), await page.innerText('.note.warning')]).toEqual([
      '/activation',
      expect.stringContaining('Activation required'),
    ])
    // Whatever machine this runs on, a name that the vendor gave is enough.
    const folded = 'This device is a container or a virtual machine'
    if ((await page.locator('summary').count()) > 0) {
      await tabTo(folded)
      await page.keyboard.press('Enter')
    }
    await type({ 'Name that the vendor gave': 'front-desk' })
    await press('Show the request')
    await page.locator('figure').screenshot({ path: at('request.png') })
    expect(await page.locator('.code li').count()).toBe(2)
    await open('/')
    expect(path()).toBe('/activation')
  })

  test('a photograph of the answer opens the product; its company is made from the licensee', async () => {
    lic('respond', 'request.png', '--qr', 'answer.png', '--out', 'answer.lic')
    await open('/activation')
    await choose('Or photograph', at('answer.png'))
    await press('Install')
    expect([path(), await heading()]).toEqual(['/setup', 'The first user'])
    await type({ Name: 'ada', Password: 'ada and more' })
    await press('Create the user')
    expect(path()).toBe('/')
    expect(await page.innerText('.brand')).toContain('Globex GmbH')
  })

  test('a feature that is licensed works, one that is not says so', async () => {
    await type({ Item: 'Sprockets' })
    await press('Order')
    expect(await page.innerText('tbody')).toContain('Sprockets')
    await until("document.getElementById('live').textContent.includes('news')")
    await press('Reports')
    expect([await heading(), await page.locator('a').allInnerTexts()]).toEqual([
      'Not in the license',
      ['See upgrades', 'Back to Stockroom'],
    ])
    const { error_code, details } = await (
      await page.request.get(`${url}/reports`, { headers: { Accept: 'application/json' } })
    ).json()
    expect([error_code, details.feature]).toEqual(['FEATURE_NOT_LICENSED', 'advanced_reporting'])
    const audit = await page.request.get(`${url}/audit`, { headers: { Accept: 'application/json' } })
    expect((await audit.json()).error_code).toBe('INSUFFICIENT_LICENSE_TIER')
  })

  test('a limit is reached: the page says when there is more, and the license page shows it', async () => {
    await press('Back to Stockroom')
    expect(path()).toBe('/')
    await until("!document.getElementById('ask').disabled")
    await tabTo('Ask the API')
    for (let i = 1; i <= 4; i++) {
      const answer = page.waitForResponse(`${url}/api/orders`)
      await page.keyboard.press('Enter')
      expect((await answer).status()).toBe(i <= 3 ? 200 : 429)
    }
    await until("document.getElementById('news').textContent.includes('3 of max api requests per hour')")
    await press('License')
    await until("document.querySelector('[data-usage=max_api_requests_per_hour]').value === 100")
    expect(await page.locator('[data-alert="usage:limit:max_api_requests_per_hour:90"]').count()).toBe(1)
  })

  test('users are as many as the license has', async () => {
    await press('Users')
    for (const name of ['bob', 'cyd']) {
      await type({ Name: name, Password: `${name} and more` })
      await press('Add the user')
    }
    expect(await page.locator('main ul li').allInnerTexts()).toEqual(['ada', 'bob'])
    expect(await page.innerText('[role=alert]')).toContain('allows 2')
  })

  test('a seat is one login\u2019s until it is released; whoever had it is logged out', async () => {
    await press('Log out')
    await logIn('bob')
    expect([path(), await page.innerText('[role=alert]')]).toEqual([
      '/login',
      expect.stringContaining('No seat is free: the license has 1.'),
    ])
    await logIn()
    await press('License')
    expect(await page.innerText('.seats')).toContain('ada')
    await press('Release the seat of ada')
    expect(path()).toBe('/login')
    who = 'bob'
    await logIn()
    expect(path()).toBe('/')
  })

  test('an upgrade is pasted, and opens what it adds at once: where it holds', async () => {
    const where = ['--restrict', `domain=${DOMAIN}`, '--restrict', 'ip=127.0.0.0/8,::1']
    lic('change', key, '--tier', 'professional', ...where, '--yes', '--out', 'globex.lic', '--force')
    const armored = `-----BEGIN LIC LICENSE-----\n${readFileSync(at('globex.lic')).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END LIC LICENSE-----\n`
    writeFileSync(at('mail.txt'), armored)
    await open('/activation')
    await tabTo('Paste the text')
    await page.keyboard.insertText(armored)
    await press('Install')
    expect([await heading(), await page.locator('a').allInnerTexts()]).toEqual([
      'The license does not hold here',
      ['Ask the vendor', 'Go to activation'],
    ])
    host = DOMAIN
    url = url.replace('127.0.0.1', host)
    await open('/login')
    await logIn()
    await until("document.getElementById('live').textContent.includes('news')")
    await press('Reports')
    expect([await heading(), await page.innerText('tbody')]).toEqual(['Reports', expect.stringContaining('Sprockets')])
  })

  test('the keyboard reaches every page and everything on it', async () => {
    const places = ['Orders', 'Reports', 'Manufacturing', 'Users', 'License'] as const
    for (const place of places) {
      await press(place)
      await isAllReached()
    }
    await press('Renew or replace the license')
    await isAllReached()
    await press('Open Stockroom')
    await press('Audit')
    expect(await heading()).toBe('A higher tier is needed')
    await isAllReached()
    await press('Back to Stockroom')
    expect(path()).toBe('/')
  })

  test('a list revokes it: one page with one button; taken back, the login returns and nothing is lost', async () => {
    lic('revoke', key, '--reason', 'chargeback', '--yes')
    lic('revocations', 'publish', '--out', 'revoked.lrl')
    await upload('revoked.lrl')
    expect(path()).toBe('/activation')
    await open('/license')
    expect([await heading(), await page.locator('a').allInnerTexts()]).toEqual([
      'The license was revoked',
      ['Go to activation'],
    ])
    await press('Go to activation')
    lic('reinstate', key, '--reason', 'paid')
    lic('revocations', 'publish', '--out', 'paid.lrl')
    await choose('Or choose the file', at('paid.lrl'))
    await press('Install')
    expect(path()).toBe('/login')
    await logIn()
    expect([path(), await page.innerText('tbody')]).toEqual(['/', expect.stringContaining('Sprockets')])
  })

  test.runIf(hasFaketime)('it expires; an emergency code keeps it running, with a warning', async () => {
    await stop()
    later = '+370d'
    await start()
    await open('/')
    expect([await heading(), await page.locator('a').allInnerTexts()]).toEqual([
      'The license has expired',
      ['Go to activation'],
    ])
    const { code, codes } = lic('emergency', key, '--reason', 'night shift', '--clock-ok') as {
      code?: string
      codes?: readonly { readonly code: string }[]
    }
    await press('Go to activation')
    await type({ 'Paste the text': code ?? codes?.at(-1)?.code ?? '' })
    await press('Install')
    expect(path()).toBe('/login')
    await logIn()
    expect([await page.innerText('.note.warning'), await page.innerText('tbody')]).toEqual([
      expect.stringContaining('emergency'),
      expect.stringContaining('Sprockets'),
    ])
  })

  test.runIf(hasFaketime)('a renewal ends the warning', async () => {
    lic('renew', key, '--for', '1y', '--out', 'globex.lic', '--force')
    await upload('globex.lic')
    expect(path()).toBe('/')
    await press('License')
    expect(await page.locator('[data-state=active]').count()).toBe(1)
    expect(await page.locator('.note.warning').count()).toBe(0)
  })

  test('nothing was asked of another host, and no page complained', () => {
    expect([...asked].map((origin) => new URL(origin).hostname)).toEqual(['127.0.0.1', DOMAIN])
    expect(new Set([...asked].map((origin) => new URL(origin).port)).size).toBe(1)
    expect(complaints).toEqual([])
  })
})
