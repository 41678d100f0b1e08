/**
 * The activation page: what the vendor sent is pasted, uploaded or photographed, and what the vendor needs is shown as a QR code
 * and as two lines. It opens whatever the license says, to whoever reaches the product; everything that comes in is verified
 * before anything changes.
 */

import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html, raw } from 'hono/html'
import { isPicture, qrCode, readQr } from '../../render/index.ts'
import { type Gate, LicError, type RequestToVendor } from '../index.ts'
import { type Html, layout, problem } from './layout.ts'
import type { Store } from './store.ts'

/** A photograph, and what a form puts around it. */
const MOST = 12_000_000
/** States that an answer of the vendor mends. */
const ASKING: ReadonlySet<string> = new Set(['activation-required', 'lease-ended', 'wrong-device', 'clock-rolled-back'])

const messageOf = (error: unknown): string => {
  if (!(error instanceof LicError)) throw error
  return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`
}

const requestHtml = async ({ lines, code, key }: RequestToVendor): Promise<Html> => {
  const picture = await qrCode(code)
  return html`<section aria-labelledby="request">
<h2 id="request">Send this request to the vendor</h2>
<p>For the license ${key}. Let them photograph the code, copy the text, or read the two lines out.</p>
<div class="request">
  <figure>${raw(picture.svg().replace('<svg', '<svg role="img" aria-label="The request as a QR code"'))}</figure>
  <div>
    <ol class="code">${lines.map((line) => html`<li>${line.replace(/^\d+\. /, '')}</li>`)}</ol>
    <label>The request as text<textarea readonly rows="4" spellcheck="false">${code}</textarea></label>
  </div>
</div>
</section>`
}

const nameHtml = html`<form method="post" action="/activation/request">
<label>Name that the vendor gave this device
<input name="name" required maxlength="128" autocomplete="off"></label>
<button>Show the request</button>
</form>`

const takeHtml = html`<section aria-labelledby="take">
<h2 id="take">Install what the vendor sent</h2>
<p>A license, an answer to a request, a revocation list, a trust bundle or an emergency code.</p>
<form method="post" action="/activation" enctype="multipart/form-data">
<label>Paste the text<textarea name="text" rows="5" spellcheck="false" autocomplete="off"></textarea></label>
<label>Or choose the file, or a picture of its QR code<input type="file" name="file"></label>
<label>Or photograph the QR code<input type="file" name="photo" accept="image/png,image/jpeg" capture="environment"></label>
<button>Install</button>
</form>
</section>`

/** Text of the field, else the file: a picture is what its codes say. */
const given = async (form: FormData): Promise<string | Uint8Array> => {
  const text = form.get('text')
  if (typeof text === 'string' && text.trim() !== '') return text
  for (const name of ['file', 'photo']) {
    const file = form.get(name)
    if (!(file instanceof File) || file.size === 0) continue
    const bytes = new Uint8Array(await file.arrayBuffer())
    return isPicture(bytes) ? (await readQr(bytes)).join('\n') : bytes
  }
  return ''
}

export const activation = (gate: Gate, store: Store): Hono => {
  const page = async (shown: { wrong?: string; request?: RequestToVendor } = {}): Promise<string> => {
    const { state, open, title, message, license } = gate.current()
    let { request, wrong } = shown
    let weak: string | undefined
    if (request === undefined && ASKING.has(state)) {
      try {
        request = await gate.request()
      } catch (error) {
        weak = messageOf(error)
      }
    }
    return layout(
      { title: 'Activation', gate, company: store.company()?.name, user: undefined, path: '/activation' },
      html`
${problem(wrong)}
<div class="note ${open ? '' : 'warning'}"><strong>${title}</strong> ${message}
${license === undefined ? '' : html`<br><small>${license.masked}, ${license.tierTitle}, ${license.licensee?.name ?? ''}</small>`}</div>
${open ? html`<p><a class="button" href="/">Open Stockroom</a></p>` : ''}
${request === undefined ? '' : await requestHtml(request)}
${weak === undefined ? '' : html`<section><h2>Name this device</h2>${problem(weak)}${nameHtml}</section>`}
${takeHtml}
${
  request === undefined
    ? ''
    : html`<details><summary>This device is a container or a virtual machine</summary>${nameHtml}</details>`
}`,
    )
  }
  return new Hono()
    .get('/', async (c) => c.html(page()))
    .post('/', bodyLimit({ maxSize: MOST }), async (c) => {
      try {
        await gate.take(await given(await c.req.formData()))
      } catch (error) {
        return c.html(page({ wrong: messageOf(error) }), 422)
      }
      return c.redirect(gate.current().open ? '/' : '/activation', 303)
    })
    .post('/request', bodyLimit({ maxSize: 10_000 }), async (c) => {
      const name = (await c.req.formData()).get('name')
      try {
        return c.html(page({ request: await gate.request({ bind: `id=${String(name ?? '')}` }) }))
      } catch (error) {
        return c.html(page({ wrong: messageOf(error) }), 422)
      }
    })
}
