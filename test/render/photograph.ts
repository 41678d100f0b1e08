/**
 * Photographs of QR codes, made: a code on a sheet, seen through a camera that is held badly, and its noise. The same words
 * give the same picture on every machine.
 */

import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import QRCode from 'qrcode'

/** What went wrong while it was taken. Lengths in pixels of the photograph. */
export interface Taking {
  /** Pixels a module, about. */
  readonly scale?: number
  /** Degrees. */
  readonly turn?: number
  /** How far the sheet leans away: 0 = flat, 0.3 = the far edge is 30 % shorter. */
  readonly lean?: number
  /** Sigma of a Gaussian. */
  readonly blur?: number
  /** Standard deviation of each pixel, of 255. */
  readonly noise?: number
  /** Grey levels of paper and ink. */
  readonly paper?: number
  readonly ink?: number
  /** How much of the light is gone at the dark corner: 0 to 1. */
  readonly shadow?: number
  /** Around the code, in modules; 4 is what a code asks for. */
  readonly quiet?: number
  /** Light modules on a dark ground. */
  readonly inverted?: boolean
  /** Grey level of what is around the sheet. */
  readonly ground?: number
}

export interface Picture {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8Array
}

/** Numbers in 0 to 1 (mulberry32). */
export const dice = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The camera is color-blind. */
interface Plane {
  readonly width: number
  readonly height: number
  readonly light: Float32Array
}

const SAMPLES = [0.25, 0.75] as const

export const photograph = (text: string, taking: Taking, seed = 1): Picture => {
  const { scale = 5, turn = 0, lean = 0, quiet = 4, inverted = false } = taking
  const { paper = 235, ink = 20, ground = 150 } = taking
  const alphanumeric = /^[0-9A-Z $%*+\-./:]+$/.test(text)
  const { modules } = QRCode.create(
    alphanumeric ? [{ data: text, mode: 'alphanumeric' }] : [{ data: new TextEncoder().encode(text), mode: 'byte' }],
    { errorCorrectionLevel: 'M' },
  )
  const sheet = modules.size + 2 * quiet
  const angle = (turn * Math.PI) / 180
  const reach = Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle))
  const side = Math.ceil(sheet * scale * reach * 1.08) + 20
  const light = new Float32Array(side * side)
  const cos = Math.cos(angle) / scale
  const sin = Math.sin(angle) / scale
  const lookedAt = (x: number, y: number): number => {
    const dx = x - side / 2
    const dy = y - side / 2
    // A sheet that leans: what lies further up is further away.
    const depth = 1 - (lean * dy) / side
    const u = (dx * cos + dy * sin) * depth + sheet / 2
    const v = (dy * cos - dx * sin) * depth + sheet / 2
    if (u < 0 || v < 0 || u >= sheet || v >= sheet) return ground
    const column = Math.floor(u) - quiet
    const row = Math.floor(v) - quiet
    const inside = row >= 0 && column >= 0 && row < modules.size && column < modules.size
    const dark = inside && modules.data[row * modules.size + column] === 1
    return dark === inverted ? paper : ink
  }
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0
      for (const dy of SAMPLES) for (const dx of SAMPLES) sum += lookedAt(x + dx, y + dy)
      light[y * side + x] = sum / SAMPLES.length ** 2
    }
  }
  return developed(
    lit(blurred({ width: side, height: side, light }, taking.blur ?? 0), taking.shadow ?? 0),
    taking.noise ?? 0,
    seed,
  )
}

const blurred = (plane: Plane, sigma: number): Plane => {
  if (sigma === 0) return plane
  const radius = Math.ceil(sigma * 3)
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)))
  const sum = kernel.reduce((total, each) => total + each, 0)
  const across = swept(plane, kernel, sum, radius, 1, 0)
  return swept(across, kernel, sum, radius, 0, 1)
}

const swept = (
  { width, height, light }: Plane,
  kernel: readonly number[],
  sum: number,
  radius: number,
  dx: number,
  dy: number,
): Plane => {
  const out = new Float32Array(light.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let total = 0
      for (let k = -radius; k <= radius; k++) {
        const at = Math.min(height - 1, Math.max(0, y + k * dy)) * width + Math.min(width - 1, Math.max(0, x + k * dx))
        total += (light[at] ?? 0) * (kernel[k + radius] ?? 0)
      }
      out[y * width + x] = total / sum
    }
  }
  return { width, height, light: out }
}

/** A lamp at the upper left. */
const lit = ({ width, height, light }: Plane, shadow: number): Plane => ({
  width,
  height,
  light: light.map((value, i) => value * (1 - (shadow * ((i % width) / width + Math.floor(i / width) / height)) / 2)),
})

const developed = ({ width, height, light }: Plane, noise: number, seed: number): Picture => {
  const data = new Uint8Array(width * height * 4)
  const roll = dice(seed)
  for (let i = 0; i < light.length; i++) {
    // The sum of three dice is close enough to a normal distribution; its deviation is 1/2.
    const grain = noise === 0 ? 0 : (roll() + roll() + roll() - 1.5) * 2 * noise
    const value = Math.max(0, Math.min(255, Math.round((light[i] ?? 0) + grain)))
    data[i * 4] = value
    data[i * 4 + 1] = value
    data[i * 4 + 2] = value
    data[i * 4 + 3] = 255
  }
  return { width, height, data }
}

/** Pictures side by side on a ground, as several sheets on one table. */
export const beside = (pictures: readonly Picture[], gap = 40): Picture => {
  const height = Math.max(...pictures.map((each) => each.height))
  const width = pictures.reduce((sum, each) => sum + each.width, gap * (pictures.length - 1))
  const data = new Uint8Array(width * height * 4).fill(200)
  let left = 0
  for (const picture of pictures) {
    for (let y = 0; y < picture.height; y++) {
      data.set(picture.data.subarray(y * picture.width * 4, (y + 1) * picture.width * 4), (y * width + left) * 4)
    }
    left += picture.width + gap
  }
  return { width, height, data }
}

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** What an object of so many bytes reads as in a QR code. */
export const codeOf = (bytes: number): string => {
  const length = Math.ceil((bytes * 8) / 5)
  return `LIC1-${Array.from({ length }, (_, i) => SYMBOLS[(i * i * 7 + i) % 32]).join('')}`
}

/** A request, the licenses of the starter tiers bare and with their chain, a license of CI with grants. */
export const SIZES = [33, 145, 310, 535, 705, 800] as const

/** Takings, from good to bad; each is given with the quality of its JPEG, or none for a PNG. */
export const TAKINGS: readonly (readonly [name: string, taking: Taking, quality?: number])[] = [
  ['straight', {}],
  ['small', { scale: 3 }],
  ['turned a little', { turn: 7 }, 80],
  ['turned', { turn: 33, scale: 5 }, 80],
  ['upside down', { turn: 187 }, 80],
  ['leaning', { lean: 0.18, turn: 12, scale: 6 }, 80],
  ['blurred', { blur: 1.6, scale: 5 }, 80],
  ['noisy', { noise: 30, scale: 5 }, 80],
  ['q60, turned, blurred, noisy', { turn: -19, blur: 1.2, noise: 14, scale: 5 }, 60],
  ['low contrast', { paper: 140, ink: 100, noise: 4 }, 60],
  ['uneven light', { shadow: 0.75, noise: 6, turn: 4 }, 60],
  ['all of it', { turn: 24, lean: 0.12, blur: 1, noise: 12, shadow: 0.5, paper: 200, ink: 60, scale: 5 }, 60],
]

export const png = ({ width, height, data }: Picture): Uint8Array => {
  const image = new PNG({ width, height })
  image.data.set(data)
  return new Uint8Array(PNG.sync.write(image))
}

/** @param quality 1 to 100 */
export const jpg = (picture: Picture, quality: number): Uint8Array => new Uint8Array(jpeg.encode(picture, quality).data)
