/**
 * A refusal as a page for people: a title, what is wrong, a button to the step that mends it, and the way back where there is
 * one. It loads nothing, runs nothing, and everything in it is escaped.
 */

import type { Refusal } from './refusal.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--ground:#f4f5f7;--card:#fff;--line:#d9dee3;--button:#1f4fd8;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#a3adb8;--ground:#14171a;--card:#1d2125;--line:#343a41;--button:#8fb0ff;--on:#0c1730}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main{width:100%;max-width:32rem;padding:2.25rem;background:var(--card);border:1px solid var(--line);border-radius:12px}
.name{margin:0 0 1.25rem;color:var(--soft);font-size:.9rem}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;font-weight:650;text-wrap:balance}
p{margin:0 0 .75rem}
.soft{color:var(--soft)}
a{display:inline-block;margin:.75rem .5rem 0 0;padding:.6rem 1.1rem;border:1px solid var(--button);border-radius:8px;background:var(--button);color:var(--on);font-weight:600;text-decoration:none}
a+a{border-color:var(--line);background:none;color:var(--ink)}
a:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
`

export interface Link {
  readonly to: string
  readonly label: string
}

/** @param links the first is what is to be done */
export const page = ({ title, message, suggestion }: Refusal, name: string, links: readonly Link[]): string => {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(name === '' ? title : `${title} - ${name}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${name === '' ? '' : `<p class="name">${escaped(name)}</p>\n`}<h1>${escaped(title)}</h1>
<p>${escaped(message)}</p>
<p class="soft">${escaped(suggestion)}</p>
${links.map(({ to, label }) => `<a href="${escaped(to)}">${escaped(label)}</a>\n`).join('')}</main>
</body>
</html>
`
}
