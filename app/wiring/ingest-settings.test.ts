import { expect, it } from 'vitest'
import { shippedKinds } from '../../rules/testing/rules.ts'
import { createKindCatalog } from './ingest-settings.ts'

it('takes what a kind measures, and not what is derived from it', () => {
  const metrics = createKindCatalog(() => shippedKinds).rulesOf('phone')?.metrics
  expect(metrics?.get('charge_counter_mah')).toEqual({
    type: 'number',
    min: 0,
    max: 20_000,
    acceptsText: false,
  })
  expect(metrics?.has('charge_health_pct')).toBe(false)
})
