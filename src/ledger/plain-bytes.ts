/** Bytes as drivers give them, made into what the rest of lic takes. */

/** Drivers answer with Buffers; they are Uint8Arrays that print, compare and encode differently. */
export const plainBytes = (row: unknown): unknown => {
  const fields = row as Record<string, unknown>
  for (const name in fields) {
    const value = fields[name]
    if (value instanceof Uint8Array) fields[name] = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return fields
}
