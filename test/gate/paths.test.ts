/** Paths as whoever means ill writes them: what opens has one reading, and what is closed is found in every reading. */

import { describe, expect, test } from 'vitest'
import { isBelow, plainPath, readingsOf, targetOf } from '../../src/gate/http/paths.ts'

test.each([
  ['/', '/'],
  ['/health', '/health'],
  ['/health/', '/health'],
  ['/health?x=/../admin', '/health'],
  ['/.well-known/a.b-c_d~e', '/.well-known/a.b-c_d~e'],
  ['/@scope/app.1f3a.js', '/@scope/app.1f3a.js'],
])('%s opens as %s', (target, path) => {
  expect(plainPath(target)).toBe(path)
})

test.each([
  ...[
    '',
    'health',
    '*',
    '//',
    '//health',
    '/health//',
    '/./health',
    '/health/.',
    '/health/..',
    '/../health',
    '/health..',
  ],
  ...['/health.', '/heal%74h', '/health%2f', '/health%2f..%2fadmin', '/health;x', '/health#x', '/health\\..\\admin'],
  ...['http://a.example/health', 'HTTP://a.example/health', '/he alth', '/he\u0000alth', '/h\u00e9', '/\uff0fhealth'],
])('%j never does', (target) => {
  expect(plainPath(target)).toBeUndefined()
})

describe('what is below /reports is found', () => {
  test.each([
    ...['/reports', '/reports/', '/REPORTS', '/Reports/x', '/reports?x', '/reports#x', '/reports;a=b', '/reports/..'],
    ...['//reports', '///reports/x', '/./reports', '/x/../reports', '/x/..;/reports', '/reports/../x', '/../reports'],
    ...[
      '/reports.',
      '/reports..',
      '/reports%20',
      '/reports%2e',
      '/%72eports',
      '/%52EPORTS',
      '/report%73/x',
      '/reports%2fx',
    ],
    ...['/x%2f..%2freports', '/%2e%2e/reports', '/x/%2e%2e/reports', '/x/%252e%252e/reports', '/%2572eports'],
    ...['/reports%3fx', '/reports%3bx', '/reports%23x', 'http://a.example/reports', 'HTTP://a.example/reports?x'],
    ...['//evil.example/reports', '//x@evil.example/reports', '/%2f%2freports', '/%ef%bc%8freports', '/report%c5%bf'],
    ...['/\u002freports', '/x/y/../../reports/z', '/x//..//reports'],
  ])('%s', (target) => {
    expect(readingsOf(target)?.some((path) => isBelow(path, '/reports'))).toBe(true)
  })
})

test.each([
  '/',
  '/reports2',
  '/orders/reports',
  '/report',
  '/orders?x=/reports',
  '/50%25off',
  '/a/100%25',
  '/m%C3%BCller/1',
])('%s is not below it', (target) => {
  expect(readingsOf(target)?.some((path) => isBelow(path, '/reports'))).toBe(false)
})

test.each([
  ...[
    '',
    '*',
    'reports',
    'mailto:x',
    '/\\reports',
    '/a%5creports',
    '/%00',
    '/a%0d%0ab',
    '/%',
    '/%2',
    '/%zz',
    '/%c0%af',
  ],
  ...['/%ff', '/a b', '/\u00e9', '/%25252525252572eports'],
])('%j is no path of a request', (target) => {
  expect(readingsOf(target)).toBeUndefined()
})

test('no path takes long', () => {
  const long = [
    '/'.repeat(16_000),
    `/${'../'.repeat(5_000)}`,
    `/${'%2e%2e%2f'.repeat(1_700)}`,
    `/${'%25'.repeat(5_000)}`,
  ]
  const start = performance.now()
  for (const target of [...long, `/${'a.'.repeat(8_000)}`, `/${'. '.repeat(8_000)}`]) readingsOf(target)
  expect(performance.now() - start).toBeLessThan(1_000)
})

test.each([
  ['http://a.example', '/'],
  ['http://a.example/', '/'],
  ['http://a.example/x?y#z', '/x?y'],
  ['https://a.example/x//y', '/x//y'],
])('of %s the target is %s', (url, target) => {
  expect(targetOf(url)).toBe(target)
})

test('everything is below the root', () => {
  expect([isBelow('/x', '/'), isBelow('/', '/'), isBelow('/ab', '/a'), isBelow('/a/b', '/a')]).toEqual([
    ...[true, true, false],
    true,
  ])
})
