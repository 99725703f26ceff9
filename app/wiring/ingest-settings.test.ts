import { expect, it } from 'vitest'
import { shippedKinds } from '../../rules/testing/rules.ts'
import { createKindCatalog } from './ingest-settings.ts'

it('takes what a kind measures, and not what is derived from it', () => {
  const { metricRange } = createKindCatalog(shippedKinds)
  expect(metricRange('phone', 'charge_counter_mah')).toEqual({ min: 0, max: 20_000 })
  expect(metricRange('phone', 'charge_health_pct')).toBeUndefined()
})
