import { expect, it } from 'vitest'
import { parseKinds } from '../../rules/files/kinds.ts'
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

it('computes the metrics of a waveform of the kind, and no others', () => {
  const text = `
kind: pump
expected_interval: 10m
components: [bearing]
waveforms:
  vibration: { unit: "[g]", range: [-50, 50], rate_hz: 1000, samples: [64, 4096] }
  sound: { unit: Pa, range: [-1, 1], rate_hz: 8000, samples: [64, 4096] }
metrics:
  vibration_rms_g: { unit: "[g]", range: [0, 50], from: { waveform: vibration, compute: rms } }
  sound_rms_pa: { unit: Pa, range: [0, 1], from: { waveform: sound, compute: rms } }
  temp_c: { unit: Cel, range: [0, 100] }
`
  const { kinds } = parseKinds([{ file: 'pump.yaml', text }])
  const waveform = createKindCatalog(() => kinds)
    .rulesOf('pump')
    ?.waveforms.get('vibration')
  expect(waveform).toMatchObject({ min: -50, max: 50, fewest: 64, most: 4_096 })
  const samples = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 2 : -2))
  expect(waveform?.compute(samples)).toEqual({ vibration_rms_g: 2 })
})
