/** The closed table of object types (FORMAT 3.4): number, armor label, who signs. Nothing else knows these. */

import { LicError } from './errors.ts'

export const OBJECTS = {
  license: { type: 1, label: 'LIC LICENSE', root: false },
  certificate: { type: 2, label: 'LIC CERTIFICATE', root: true },
  activation: { type: 3, label: 'LIC ACTIVATION', root: false },
  revocationList: { type: 4, label: 'LIC REVOCATION LIST', root: false },
  trustBundle: { type: 5, label: 'LIC TRUST BUNDLE', root: true },
  deviceAnchor: { type: 7, label: 'LIC DEVICE ANCHOR', root: false },
  rootLink: { type: 8, label: 'LIC ROOT LINK', root: true },
  extension: { type: 10, label: 'LIC EXTENSION', root: false },
  /** A signed note (FORMAT 17.2); the number stands in certificates only. */
  checkpoint: { type: 11, label: undefined, root: false },
} as const satisfies Record<string, { type: number; label: string | undefined; root: boolean }>

export type ObjectName = keyof typeof OBJECTS

/** `revocationList` as people read it: `revocation list`. */
export const objectWords = (name: ObjectName): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** The same with its article: `an activation`. */
export const anObject = (name: ObjectName): string => `${/^[ae]/.test(name) ? 'an' : 'a'} ${objectWords(name)}`

/** An object in the place of one of another type; `data.kind` names it. */
export const otherObject = (due: ObjectName, { type }: { readonly type: ObjectName }): LicError =>
  new LicError('LICENSE_INVALID', `the object is not ${anObject(due)} but ${anObject(type)}`, {
    stage: 'type',
    data: { kind: type },
  })

/** The name of an object type, or undefined for a number that is none. */
export const objectName = (type: number): ObjectName | undefined =>
  (Object.keys(OBJECTS) as ObjectName[]).find((name) => OBJECTS[name].type === type)
