import { describe, expect, it } from 'vitest'
import { parseKinds } from '../files/kinds.ts'
import { computeFeatures } from './compute-features.ts'
import type { Feature } from './waveform-schema.ts'

const lines = [
  'kind: pump',
  'expected_interval: 10m',
  'components: [bearing]',
  'waveforms:',
  '  vibration: { unit: "[g]", range: [-50, 50], rate_hz: 25600, samples: [4096, 8192] }',
  '  sound: { unit: Pa, range: [-100, 100], rate_hz: 8000, samples: [64, 4096] }',
  'metrics:',
]

function problemsOf(...more: string[]): string[] {
  const { problems } = parseKinds([{ file: 'pump.yaml', text: [...lines, ...more].join('\n') }])
  return problems.map(({ line, column, message, hint }) => `${line}:${column}: ${message}; ${hint ?? ''}`)
}

const metric = (unit: string, from: string) => `  x: { unit: "${unit}", range: [0, 50], from: { ${from} } }`

describe('a metric from a waveform', () => {
  it.each([
    ['[g]', 'waveform: vibration, compute: rms'],
    ['[g]', 'waveform: vibration, compute: peak'],
    ['1', 'waveform: vibration, compute: crest'],
    ['1', 'waveform: vibration, compute: kurtosis'],
    ['mm/s', 'waveform: vibration, compute: velocity_rms, band: [13, 1000]'],
    ['Pa', 'waveform: sound, compute: envelope_rms, carrier: [1000, 3000], band: [300, 350]'],
  ])('in %s is valid: %s', (unit, from) => {
    expect(problemsOf(metric(unit, from))).toEqual([])
  })

  it.each([
    [
      '[g]',
      'waveform: vibratoin, compute: rms',
      '8:55: unknown waveform "vibratoin"; did you mean "vibration"? allowed: vibration, sound',
    ],
    [
      'm/s2',
      'waveform: vibration, compute: rms',
      '8:76: rms is in [g], not in m/s2; correct the unit of the metric',
    ],
    [
      '[g]',
      'waveform: vibration, compute: kurtosis',
      '8:75: kurtosis is in 1, not in [g]; correct the unit of the metric',
    ],
    [
      'mm/s',
      'waveform: sound, compute: velocity_rms, band: [300, 1000]',
      '8:72: velocity_rms of a waveform in Pa; its unit must be one of [g], m/s2',
    ],
    [
      'mm/s',
      'waveform: vibration, compute: velocity_rms',
      '8:44: 10 Hz is too low for 4096 samples at 25600 Hz; at least 13, or more samples',
    ],
    [
      '[g]',
      'waveform: vibration, compute: envelope_rms, carrier: [9000, 13000], band: [80, 90]',
      '13000 Hz is above half of the sampling rate; at most 12800',
    ],
    [
      '[g]',
      'waveform: vibration, compute: envelope_rms, carrier: [9000, 9000], band: [80, 90]',
      'the first number must be below the second',
    ],
    ['[g]', 'waveform: vibration, compute: envelope_rms, band: [80, 90]', 'carrier'],
  ])('in %s is rejected: %s', (unit, from, problem) => {
    const [first, ...others] = problemsOf(metric(unit, from))
    expect(first).toContain(problem)
    expect(others).toEqual([])
  })

  it('needs a name of its own, and a number', () => {
    expect(problemsOf('  vibration: { unit: "1", range: [0, 1] }')).toEqual([
      '5:3: vibration is already a metric; rename the waveform',
    ])
    expect(problemsOf('  on: { type: boolean, from: { waveform: vibration, compute: rms } }')[0]).toContain(
      'a metric of type boolean cannot have it',
    )
  })
})

describe('the features of a waveform', () => {
  const rate = 25_600
  const samplesOf = (at: (seconds: number) => number) =>
    Array.from({ length: 4_096 }, (_, index) => at(index / rate))
  const featureOf = (samples: number[], feature: object, unit = '[g]') =>
    computeFeatures(samples, { unit, rate_hz: rate }, [
      ['x', { waveform: 'vibration', ...feature } as Feature],
    ]).x

  /** On top of gravity. */
  const sine = samplesOf((seconds) => 1 + 2 * Math.sin(2 * Math.PI * 100 * seconds))

  it('of a sine have known values', () => {
    expect(featureOf(sine, { compute: 'rms' })).toBeCloseTo(Math.SQRT2, 6)
    expect(featureOf(sine, { compute: 'peak' })).toBeCloseTo(2, 4)
    expect(featureOf(sine, { compute: 'crest' })).toBeCloseTo(Math.SQRT2, 4)
    expect(featureOf(sine, { compute: 'kurtosis' })).toBeCloseTo(1.5, 6)
  })

  it('integrate acceleration to velocity', () => {
    const velocity = (Math.SQRT2 * 9_806.65) / (2 * Math.PI * 100)
    const inBand = featureOf(sine, { compute: 'velocity_rms', band: [20, 1_000] }) ?? 0
    expect(inBand / velocity).toBeGreaterThan(0.97)
    expect(inBand / velocity).toBeLessThan(1.03)
    const metric = sine.map((g) => 9.80665 * g)
    expect(featureOf(metric, { compute: 'velocity_rms', band: [20, 1_000] }, 'm/s2')).toBeCloseTo(inBand, 6)
    expect(featureOf(sine, { compute: 'velocity_rms', band: [200, 1_000] })).toBeLessThan(0.02 * velocity)
  })

  it('show impulses at the rate of a fault in its band of the envelope, and not beside it', () => {
    const noise = (index: number) => Math.sin(index * 12.9898) * Math.cos(index * 78.233)
    const faulty = samplesOf((seconds) => {
      const since = seconds % (1 / 160)
      return (
        3 * Math.exp(-1_500 * since) * Math.sin(2 * Math.PI * 5_000 * since) + 0.1 * noise(seconds * rate)
      )
    })
    const carrier = [3_000, 8_000]
    const fault = featureOf(faulty, { compute: 'envelope_rms', carrier, band: [150, 170] }) ?? 0
    const beside = featureOf(faulty, { compute: 'envelope_rms', carrier, band: [190, 210] }) ?? 0
    const elsewhere =
      featureOf(faulty, { compute: 'envelope_rms', carrier: [9_000, 12_000], band: [150, 170] }) ?? 0
    expect(fault).toBeGreaterThan(10 * beside)
    expect(fault).toBeGreaterThan(10 * elsewhere)
    expect(featureOf(faulty, { compute: 'kurtosis' })).toBeGreaterThan(6)
  })

  it('are computed together as each by itself', () => {
    const carrier: [number, number] = [3_000, 8_000]
    const features: [string, Feature][] = [
      ['low', { waveform: 'vibration', compute: 'velocity_rms', band: [20, 90] }],
      ['high', { waveform: 'vibration', compute: 'velocity_rms', band: [20, 1_000] }],
      ['one', { waveform: 'vibration', compute: 'envelope_rms', carrier, band: [20, 90] }],
      ['other', { waveform: 'vibration', compute: 'envelope_rms', carrier: [100, 1_000], band: [20, 90] }],
    ]
    const together = computeFeatures(sine, { unit: '[g]', rate_hz: rate }, features)
    for (const [name, feature] of features) expect(together[name]).toBe(featureOf(sine, feature))
    expect(new Set(Object.values(together)).size).toBe(4)
  })

  it('are left out where the samples do not have them', () => {
    const constant = samplesOf(() => 1)
    expect(featureOf(constant, { compute: 'rms' })).toBe(0)
    expect(featureOf(constant, { compute: 'kurtosis' })).toBeUndefined()
    expect(featureOf(constant, { compute: 'crest' })).toBeUndefined()
  })
})
