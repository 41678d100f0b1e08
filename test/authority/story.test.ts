import { describe, expect, it } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { write } from '../../src/authority/authority.ts'
import { handOver } from '../../src/authority/hand-over.ts'
import { ephemeralAuthority, issue, move, publishRevocations, renew } from '../../src/authority/index.ts'
import { splitSequence } from '../../src/core/cose.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'

describe('the life of a license', () => {
  it('is issued, renewed, revoked and refused, on roots alone', async () => {
    let now = 1_800_000_000
    const authority = await ephemeralAuthority({ products: ['editor'], now: () => now })
    const { roots } = authority
    const { id } = await write(authority, (tx) =>
      addCustomer(tx, authority, { name: 'Acme Ltd', email: 'it@acme.example', brand: 'ephemeral' }),
    )
    for (const tier of ['free', 'basic', 'professional', 'enterprise', 'trial']) {
      const h = await issue(authority, { customer: id, lines: [{ product: 'editor', tier }], expires: '1y' })
      console.log(
        tier,
        handOver(h.bytes, { compact: true }).bytes.length,
        h.bytes.length,
        h.code.length,
        h.key,
        h.masked,
      )
      const verdict = verify(h.bytes, { roots, product: 'editor', now })
      expect(verdict.ok).toBe(true)
    }
    const handed = await issue(authority, {
      customer: 'it@acme.example',
      lines: [{ product: 'editor', tier: 'basic' }],
      expires: '1y',
    })
    now += 1000
    const renewed = await renew(authority, { key: handed.key.slice(0, 16), for: '30d' })
    expect(renewed.license.expires).toBe((handed.license.expires ?? 0) + 30 * 86400)
    await move(authority, 'revoke', { key: handed.key, reason: 'refund' })
    const published = await publishRevocations(authority)
    const revocations = splitSequence(published.bytes).map((each) => readRevocationList(each, { roots, now }))
    expect(verify(renewed.bytes, { roots, product: 'editor', now, revocations })).toMatchObject({
      ok: false,
      code: 'LICENSE_REVOKED',
    })
    expect(verify(handed.bytes, { roots, product: 'editor', now, revocations })).toMatchObject({
      ok: false,
      code: 'LICENSE_REVOKED',
    })
    await authority.close()
  })
})
