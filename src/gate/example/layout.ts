/** The frame of every page of the example. What is put into a page is escaped by the template, whoever wrote it. */

import { html } from 'hono/html'
import { type Gate, LicError } from '../index.ts'

export type Html = ReturnType<typeof html>

/** What a page shows around itself. */
export interface Frame {
  readonly title: string
  readonly gate: Gate
  readonly company: string | undefined
  /** Who is logged in; undefined: nobody, so there is nothing to go to. */
  readonly user: string | undefined
  readonly path: string
}

interface Place {
  readonly path: string
  readonly label: string
  readonly feature?: string
  readonly tier?: string
}

const PLACES: readonly Place[] = [
  { path: '/', label: 'Orders' },
  { path: '/reports', label: 'Reports', feature: 'advanced_reporting' },
  { path: '/manufacturing', label: 'Manufacturing', feature: 'manufacturing_module' },
  { path: '/audit', label: 'Audit', tier: 'enterprise' },
  { path: '/users', label: 'Users' },
  { path: '/license', label: 'License' },
]

const isLocked = (gate: Gate, { feature, tier }: Place): boolean => {
  try {
    if (feature !== undefined) gate.requireFeature(feature)
    if (tier !== undefined) gate.requireTier(tier)
    return false
  } catch (error) {
    if (error instanceof LicError) return true
    throw error
  }
}

export const layout = ({ title, gate, company, user, path }: Frame, body: Html): Html => {
  const { open, warns, title: state, message } = gate.current()
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Stockroom</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/style.css">
${user === undefined ? '' : html`<script type="module" src="/assets/page.js"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
  <p class="brand">Stockroom${company === undefined ? '' : html` <span>${company}</span>`}</p>
  ${
    user === undefined
      ? ''
      : html`<nav aria-label="Places">
    <ul>${PLACES.map(
      (place) => html`
      <li><a href="${place.path}" ${place.path === path ? html`aria-current="page"` : ''}>${place.label}${
        isLocked(gate, place) ? html` <small>locked</small>` : ''
      }</a></li>`,
    )}
    </ul>
  </nav>
  <form method="post" action="/logout"><button class="quiet">Log out ${user}</button></form>`
  }
</header>
<main id="main" tabindex="-1">
${
  open && warns
    ? html`<div class="note warning" role="status"><strong>${state}</strong> ${message} <a href="/activation">Activation</a></div>`
    : ''
}
<div id="news" role="status" aria-live="polite"></div>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`
}

/** What went wrong, beside the form that it went wrong in. */
export const problem = (message: string | undefined): Html =>
  message === undefined ? html`` : html`<div class="note critical" role="alert">${message}</div>`
