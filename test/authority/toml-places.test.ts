import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { type Path, places } from '../../src/authority/toml-places.ts'

const SOURCE = `# a comment with [brackets] = and "quotes"
plain = "a # no comment ] }"   # one
'lit.eral' = 'c:\\'
"esc\\"aped" = 1
multi = """
[not.a.table]
fake = 1 \\""" still
"""
raw = '''
fake = 2
'''''
list = [ 1, [2, "]"], # [
  { deep = true, other = [ "}" ] },
]
a . b."c.d" = 2027-01-01 10:00:00
[table]
key = -1
[ table . "sub" ]
inline = { x = 1, y.z = { w = """}""" } }
[[rows]]
n = 1
[[rows]]
n = 2\r
[rows.inner]
m = 3`

describe('places in a TOML document', () => {
  const cases: [Path, number, number][] = [
    [['plain'], 2, 1],
    [['lit.eral'], 3, 1],
    [['esc"aped'], 4, 1],
    [['multi'], 5, 1],
    [['raw'], 9, 1],
    [['list'], 12, 1],
    [['list', 0], 12, 10],
    [['list', 1, 1], 12, 17],
    [['list', 2, 'deep'], 13, 5],
    [['list', 2, 'other', 0], 13, 28],
    [['a', 'b', 'c.d'], 15, 7],
    [['table'], 16, 2],
    [['table', 'key'], 17, 1],
    [['table', 'sub', 'inline', 'x'], 19, 12],
    [['table', 'sub', 'inline', 'y', 'z', 'w'], 19, 27],
    [['rows', 0, 'n'], 21, 1],
    [['rows', 1, 'n'], 23, 1],
  ]
  it('are those of a document that the parser takes', () => {
    expect(Object.keys(parse(SOURCE))).toContain('rows')
  })
  for (const [path, line, column] of cases) {
    it(path.join(' > '), () => expect(places(SOURCE)(path)).toEqual({ line, column }))
  }

  it('fall back to the table around a missing key, and to the first line', () => {
    expect(places(SOURCE)(['table', 'missing'])).toEqual({ line: 16, column: 2 })
    expect(places(SOURCE)(['fake'])).toEqual({ line: 1, column: 1 })
    expect(places('')(['x'])).toEqual({ line: 1, column: 1 })
  })

  it('end with any text', () => {
    for (const text of ['[', '[[', 'a', 'a=', 'a=[', 'a={', 'a={b', '"""', "a='''", '=', ']', 'a=[,,,', '{}', '\\']) {
      expect(places(text)(['zz']).line).toBe(1)
    }
  })
})
