/**
 * The compiled half of zxing-wasm, from the package that npm installed: it must never be looked for in the network. In the
 * built CLI another module stands in for this one, which carries the bytes (.ci/bundle.js).
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export const wasm = (): Uint8Array =>
  readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))
