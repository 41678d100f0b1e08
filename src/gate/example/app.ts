/**
 * The example: Stockroom, an order book for one company. What it does is little; how it obeys its license is what it is for.
 * The guard stands in front of everything; behind it each page says what it needs, and the product's own login comes last.
 */

import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { html } from 'hono/html'
import { guard } from '../hono.ts'
import type { Gate } from '../index.ts'
import type { Accounts } from './accounts.ts'
import { activation } from './activation.ts'
import { type Html, layout, problem } from './layout.ts'
import { licensePage } from './license-page.ts'
import type { Store } from './store.ts'

export interface AppInput {
  readonly gate: Gate
  readonly store: Store
  readonly accounts: Accounts
  readonly now: () => number
  /** Texts of style.css and page.js. */
  readonly assets: Readonly<Record<string, { readonly type: string; readonly text: string }>>
  /** Tells everybody who watches. */
  readonly publish: (news: string) => void
}

type Env = { Variables: { user: string } }

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export const app = ({ gate, store, accounts, now, assets, publish }: AppInput): Hono<Env> => {
  const license = guard(gate, {
    public: ['/health', '/assets/*'],
    features: { '/reports': 'advanced_reporting', '/api': 'api_access' },
    // Behind a proxy both are what that says of them, in headers that nobody else can send.
    facts: (c: Context) => ({ domain: new URL(c.req.url).hostname, ip: getConnInfo(c).remote.address }),
    upgrade: 'mailto:sales@stockroom.example',
    contact: 'mailto:help@stockroom.example',
    name: 'Stockroom',
  })
  const frame = (title: string, path: string, user?: string) => ({
    ...{ title, path, user, gate },
    company: store.company()?.name,
  })
  const signIn = (title: string, action: string, button: string, wrong?: string): Html =>
    layout(
      frame(title, action),
      html`${problem(wrong)}
<form method="post" action="${action}">
<label>Name<input name="name" required maxlength="64" autocomplete="username" autofocus></label>
<label>Password<input name="password" type="password" required minlength="8" autocomplete="${
        action === '/setup' ? 'new-password' : 'current-password'
      }"></label>
<button>${button}</button>
</form>`,
    )
  const fields = async (request: Request): Promise<(name: string) => string> => {
    const form = await request.formData()
    return (name) => String(form.get(name) ?? '').trim()
  }
  /** One more user, as long as the license has room. @returns why not */
  const addUser = async (name: string, password: string): Promise<string | undefined> => {
    if (name === '' || password.length < 8) return 'A name, and a password of 8 characters or more.'
    if (store.user(name)) return `There is a user ${name} already.`
    const room = await gate.count('max_users', store.users().length + 1)
    if (!room.ok) return room.message
    await accounts.add(name, password)
    return undefined
  }

  /** Into the product, or back to the page that says why not. */
  const enter = async (c: Context, name: string, refused: (why: string) => Html): Promise<Response> => {
    const why = await accounts.takeSeat(name)
    if (why !== undefined) return c.html(refused(why), 403)
    await accounts.begin(c, name)
    return c.redirect('/', 303)
  }

  const web = new Hono<Env>()
  web.use(license)
  web.use(csrf())
  web.use(async (c, next) => {
    await next()
    // A refusal brings a stricter one of its own.
    if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
  })
  web.get('/health', (c) => c.text('ok'))
  for (const [name, { type, text }] of Object.entries(assets)) {
    web.get(`/assets/${name}`, (c) => c.body(text, 200, { 'Content-Type': type }))
  }
  web.route('/activation', activation(gate, store))

  web.get('/setup', (c) =>
    store.users().length > 0 ? c.redirect('/login') : c.html(signIn('The first user', '/setup', 'Create the user')),
  )
  web.post('/setup', async (c) => {
    if (store.users().length > 0) return c.redirect('/login', 303)
    const field = await fields(c.req.raw)
    const wrong = await addUser(field('name'), field('password'))
    if (wrong) return c.html(signIn('The first user', '/setup', 'Create the user', wrong), 422)
    const { licensee, customer } = gate.current().license ?? {}
    store.setCompany({ name: licensee?.name ?? 'Unnamed company', customer: licensee?.id ?? customer ?? null })
    return enter(c, field('name'), (why) => signIn('Log in', '/login', 'Log in', why))
  })
  web.get('/login', (c) => c.html(signIn('Log in', '/login', 'Log in')))
  web.post('/login', async (c) => {
    const field = await fields(c.req.raw)
    if (!(await accounts.isRight(field('name'), field('password')))) {
      return c.html(signIn('Log in', '/login', 'Log in', 'Name and password do not fit.'), 403)
    }
    return enter(c, field('name'), (why) => signIn('Log in', '/login', 'Log in', why))
  })
  web.post('/logout', (c) => {
    accounts.end(c)
    return c.redirect('/login', 303)
  })

  web.use(async (c, next) => {
    const user = await accounts.current(c)
    if (user === undefined) {
      if (c.req.path.startsWith('/api/')) return c.json({ success: false, error: 'Log in first.' }, 401)
      return c.redirect(store.users().length > 0 ? '/login' : '/setup', 303)
    }
    c.set('user', user)
    await next()
    return undefined
  })
  web.get('/', (c) => c.html(layout(frame('Orders', '/', c.var.user), ordersPage(store))))
  web.post('/orders', async (c) => {
    const field = await fields(c.req.raw)
    const amount = Number(field('amount'))
    if (field('item') !== '' && Number.isSafeInteger(amount) && amount > 0) {
      store.addOrder({ item: field('item').slice(0, 80), amount, by: c.var.user, at: now() })
      publish(`${c.var.user} ordered ${amount} ${field('item').slice(0, 80)}`)
    }
    return c.redirect('/', 303)
  })
  web.get('/reports', (c) => c.html(layout(frame('Reports', '/reports', c.var.user), reportsPage(store))))
  web.get('/manufacturing', license.requireFeature('manufacturing_module'), (c) =>
    c.html(layout(frame('Manufacturing', '/manufacturing', c.var.user), html`<p>Parts lists would stand here.</p>`)),
  )
  web.get('/audit', license.requireTier('enterprise'), (c) =>
    c.html(layout(frame('Audit', '/audit', c.var.user), html`<p>Who did what would stand here.</p>`)),
  )
  const usersHtml = (user: string, wrong?: string): Html =>
    layout(frame('Users', '/users', user), usersPage(store, wrong))
  web.get('/users', (c) => c.html(usersHtml(c.var.user)))
  web.post('/users', async (c) => {
    const field = await fields(c.req.raw)
    const wrong = await addUser(field('name'), field('password'))
    return wrong ? c.html(usersHtml(c.var.user, wrong), 422) : c.redirect('/users', 303)
  })
  web.get('/license', async (c) => c.html(layout(frame('License', '/license', c.var.user), await licensePage(gate))))
  web.post('/seats/release', async (c) => {
    await gate.users.release((await fields(c.req.raw))('user'))
    return c.redirect('/license', 303)
  })
  // Pages ask these; whoever looks at how it stands uses nothing up.
  web.get('/status', license.status)
  web.get('/api/orders', license.track('max_api_requests_per_hour'), (c) => c.json(store.orders(100)))
  web.get('/api/token', async (c) => c.json({ token: await accounts.token(c.var.user) }))
  return web
}

const ordersPage = (store: Store): Html => html`
<form method="post" action="/orders" class="row">
<label>Item<input name="item" required maxlength="80"></label>
<label>Amount<input name="amount" type="number" min="1" value="1" required></label>
<button>Order</button>
</form>
<p><button id="ask" class="quiet" data-feature="api_access">Ask the API</button> <output id="asked" for="ask"></output>
<span id="live"></span></p>
<table><thead><tr><th>Number</th><th>Item</th><th>Amount</th><th>By</th></tr></thead>
<tbody>${store
  .orders(50)
  .map(
    ({ id, item, amount, by }) => html`<tr><td>${id}</td><td>${item}</td><td>${amount}</td><td>${by}</td></tr>`,
  )}</tbody></table>`

const reportsPage = (store: Store): Html => html`
<table><thead><tr><th>Item</th><th>Orders</th><th>Amount</th></tr></thead>
<tbody>${store
  .sums()
  .map(
    ({ item, orders, amount }) => html`<tr><td>${item}</td><td>${orders}</td><td>${amount}</td></tr>`,
  )}</tbody></table>`

const usersPage = (store: Store, wrong: string | undefined): Html => html`
${problem(wrong)}
<ul>${store.users().map(({ name }) => html`<li>${name}</li>`)}</ul>
<h2>One more</h2>
<form method="post" action="/users">
<label>Name<input name="name" required maxlength="64" autocomplete="off"></label>
<label>Password<input name="password" type="password" required minlength="8" autocomplete="new-password"></label>
<button>Add the user</button>
</form>`
