/**
 * What a file is that was given in place of a key of lic, as far as its first words tell, and which command helps whoever has
 * it. Others wrote the file: nothing of it is repeated.
 */

export interface Foreign {
  /** As in "it holds ...". */
  readonly what: string
  /** For whoever keeps the keys of an authority. */
  readonly hint: string
}

const NAME_PRIVATE = 'name the private key: lic key list tells its file'
const BY_AGENT = 'a key of OpenSSH signs by way of the ssh-agent: ssh-add FILE, then lic key import --agent'
const OPENED = 'take its passphrase off first: openssl pkey -in FILE -out plain.key; then lic key import plain.key'
const INSPECTED = 'lic inspect FILE tells what is in it'
export const ED25519_ALONE =
  'Ed25519 alone signs here: lic key create makes such a key; one of yours is made by ssh-keygen -t ed25519, and taken in by ssh-add and lic key import --agent'

/** By the labels of PEM blocks. */
const LABELS: Readonly<Record<string, Foreign>> = {
  'PUBLIC KEY': { what: 'a public key where the private one is due', hint: NAME_PRIVATE },
  CERTIFICATE: { what: 'a certificate where a private key is due', hint: NAME_PRIVATE },
  'ENCRYPTED PRIVATE KEY': { what: 'a key encrypted by OpenSSL; key files here are encrypted with age', hint: OPENED },
  'OPENSSH PRIVATE KEY': { what: 'a key in OpenSSH form; PKCS#8 is due', hint: BY_AGENT },
  'RSA PRIVATE KEY': { what: 'an RSA key; Ed25519 is due', hint: ED25519_ALONE },
  'RSA PUBLIC KEY': { what: 'a public RSA key', hint: ED25519_ALONE },
  'EC PRIVATE KEY': { what: 'an elliptic curve (ECDSA) key; Ed25519 is due', hint: ED25519_ALONE },
  'LIC LICENSE': { what: 'a license', hint: INSPECTED },
}

/** By how a file begins, read byte for byte. */
const BEGINNINGS: readonly (readonly [RegExp, Foreign])[] = [
  [
    /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype|html|head|\?xml|!--)/i,
    {
      what: 'an HTML page',
      hint: 'a page that was saved in place of the file: fetch the file itself; a key on paper is read from its page, its picture or its lines: lic key import PHOTO',
    },
  ],
  [/^\s*ssh-ed25519\s/, { what: 'the public half of a key of OpenSSH', hint: BY_AGENT }],
  [/^\s*(?:ssh-|ecdsa-|sk-)\S+\s/, { what: 'a public key of OpenSSH, and not Ed25519', hint: ED25519_ALONE }],
  [/^\s*(?:LIC1-|\u00d2\u0084)/, { what: 'a license or something else that was signed', hint: INSPECTED }],
]

/** @param text its bytes as Latin-1, or its text */
export const foreignFile = (text: string): Foreign | undefined => {
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text.slice(0, 4096))?.[1]
  return (label && foreignLabel(label)) || BEGINNINGS.find(([pattern]) => pattern.test(text))?.[1]
}

export const foreignLabel = (label: string): Foreign | undefined =>
  Object.hasOwn(LABELS, label) ? LABELS[label] : undefined
