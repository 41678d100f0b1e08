/** The license page: state, limits as bars, seats and who has them, features and alerts, from the report that the status handler serves. */

import { html } from 'hono/html'
import { type Alert, type Gate, licenseStatus, type NamedUser, type StatusReport } from '../index.ts'
import type { Html } from './layout.ts'

const words = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ')
const dayOf = (iso: string | null): string => iso?.slice(0, 10) ?? 'never'

const alertHtml = ({ id, severity, title, message }: Alert): Html =>
  html`<li class="note ${severity}" data-alert="${id}"><strong>${title}</strong> ${message}</li>`

/** What this product counts; a bar of anything else would always be empty. */
const COUNTED: readonly string[] = ['max_users', 'max_api_requests_per_hour', 'max_concurrent_connections']

const usageHtml = (usage: StatusReport['usage']): readonly Html[] =>
  Object.entries(usage)
    .filter(([name]) => COUNTED.includes(name))
    .map(
      ([name, { used, limit, percent, period, resets_at }]) => html`
<li>
  <label for="use-${name}">${words(name)}</label>
  <span><b data-used="${name}">${used}</b> of ${limit === 0 ? 'unlimited' : limit}${period === 'none' ? '' : html` <small>${periodOf(period)}</small>`}</span>
  <progress id="use-${name}" max="100" value="${Math.min(percent, 100)}" data-usage="${name}"
    class="${percent >= 90 ? 'critical' : percent >= 75 ? 'warning' : ''}">${percent} %</progress>
  ${percent >= 100 && resets_at !== null ? html`<small>more on ${resets_at.slice(0, 16).replace('T', ' at ')} UTC</small>` : ''}
</li>`,
    )
const periodOf = (period: string): string =>
  period === 'concurrent' ? 'at once' : period === 'total' ? 'in all' : period === 'hour' ? 'an hour' : `a ${period}`

const seatHtml = ({ user, since, seated }: NamedUser): Html => html`
<li><span>${user}</span> <small>since ${dayOf(new Date(since * 1000).toISOString())}${seated ? '' : ', waits for a seat'}</small>
  <form method="post" action="/seats/release"><input type="hidden" name="user" value="${user}">
  <button class="quiet">Release the seat of ${user}</button></form></li>`

export const licensePage = async (gate: Gate): Promise<Html> => {
  const { license, usage, days_until_expiry: days, alerts } = await licenseStatus(gate)
  const { licenses, features, seats } = gate.current()
  const seated = await gate.users.list()
  return html`
${alerts.length === 0 ? '' : html`<ul class="alerts" aria-label="Alerts">${alerts.map(alertHtml)}</ul>`}
<dl>
  <dt>State</dt><dd data-state="${license.status}">${license.title}. ${license.message}</dd>
  <dt>Licensed to</dt><dd>${license.licensee ?? 'nobody'}</dd>
  <dt>Tier</dt><dd>${license.tier_name ?? 'none'}</dd>
  <dt>Ends</dt><dd>${dayOf(license.expiry_date)}${days === null ? '' : ` (${days === 1 ? '1 day' : `${days} days`})`}</dd>
  <dt>License</dt><dd>${licenses.map(({ masked, tierTitle, state }) => html`<code>${masked}</code> ${tierTitle}, ${state}<br>`)}</dd>
</dl>
<h2>Limits</h2>
<ul class="bars">${usageHtml(usage)}</ul>
<h2>Seats</h2>
<p>Whoever logs in takes one of ${seats === 0 ? 'any number' : seats}, and keeps it until it is released.</p>
<ul class="seats">${seated.map(seatHtml)}</ul>
<h2>Features</h2>
<ul class="features">${[...features.keys()].sort().map((name) => html`<li>${words(name)}</li>`)}</ul>
<p><a class="button" href="/activation">Renew or replace the license</a></p>`
}
