/** The door `lic/qr`: QR codes drawn and read, for the activation page of a product. Both halves are loaded when they are used. */

export { isPicture } from './picture.ts'
export { type QrCode, qrCode } from './qr.ts'
export { readQr } from './qr-read.ts'
