/** The page of a site without network: both languages whole, boxes for every symbol, text of others that stays text. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type SiteFacts, siteSheet } from '../../src/render/site-sheet.ts'

const templateOf = (name: string): string =>
  readFileSync(new URL(`../../templates/${name}.html`, import.meta.url), 'utf8')

const FACTS: SiteFacts = {
  brand: 'Acme',
  authority: 'Acme Ltd',
  product: 'The <b>Editor</b>',
  contact: '',
  program: 'lic.cjs',
  roots: 'root.pub',
  licenses: [{ file: 'EDIT-AAAAA-BBBBB.lic', begun: 'EDIT-AAAAA-BBBBB' }],
  now: Date.UTC(2026, 5, 2) / 1000,
}

const tags = (html: string): readonly string[] =>
  [...html.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<\/?[a-z0-9]+/g)].map(([tag]) => tag)

describe.each(['site', 'site.de'])('%s.html', (name) => {
  const template = templateOf(name)
  const html = siteSheet(template, FACTS)

  test('has a box for every symbol of a request, a typed answer, a release and an emergency code', () => {
    expect(html.match(/<i><\/i>/g)).toHaveLength(50 + 125 + 25 + 25)
    expect(html.match(/class="group"/g)).toHaveLength(10 + 25 + 5 + 5)
  })

  test('names each command that the staff runs', () => {
    const named = ['request', 'deactivate'].map((verb) => `${verb} EDIT-AAAAA-BBBBB`)
    for (const words of ['install EDIT-AAAAA-BBBBB.lic --root root.pub', ...named, 'activate']) {
      expect(html).toContain(`<kbd>node lic.cjs ${words}</kbd>`)
    }
    for (const verb of ['status', 'unlock']) expect(html).toContain(`<kbd>node lic.cjs ${verb}</kbd>`)
  })

  test('spells every symbol of the codes', () => {
    for (const symbol of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') expect(html).toContain(`<b>${symbol}</b>`)
    expect(html).toContain('Foxtrot')
  })

  test('takes text of others as text', () => {
    expect(html).toContain('The &lt;b&gt;Editor&lt;/b&gt;')
    expect(siteSheet(template, { ...FACTS, contact: '<script>' })).toContain('&lt;script&gt;')
  })

  test('has a line to write on where nobody is named, and a general command where there is no license', () => {
    expect(html).toContain('class="blank"')
    expect(siteSheet(template, { ...FACTS, contact: 'x' })).not.toContain('class="blank"')
    expect(siteSheet(template, { ...FACTS, licenses: [] })).toContain('<kbd>node lic.cjs request</kbd>')
  })

  test('installs each of several licenses, and names them once', () => {
    const several = siteSheet(template, {
      ...FACTS,
      licenses: ['EDIT-A', 'EDIT-B'].map((begun) => ({ begun, file: `${begun}.lic` })),
    })
    for (const begun of ['EDIT-A', 'EDIT-B']) {
      expect(several).toContain(`<kbd>node lic.cjs install ${begun}.lic --root root.pub</kbd>`)
      expect(several).not.toContain(`request ${begun}`)
    }
    expect(several).toMatch(/<kbd>node lic\.cjs request \p{Lu}+<\/kbd>/u)
  })

  test('needs nothing from outside', () => {
    expect(html).not.toMatch(/(src|href)=|url\(/)
  })
})

test('both languages have the same shape', () => {
  expect(tags(templateOf('site.de'))).toEqual(tags(templateOf('site')))
})
