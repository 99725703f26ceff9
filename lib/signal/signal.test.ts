import { describe, expect, it } from 'vitest'
import { envelope } from './envelope.ts'
import { fft, paddedLength } from './fft.ts'
import { kurtosisOf, peakOf, rootMeanSquare, withoutMean } from './moments.ts'
import { bandRms, powerSpectrum } from './spectrum.ts'

const rateHz = 10_000
const signal = (count: number, at: (seconds: number) => number) =>
  Float64Array.from({ length: count }, (_, index) => at(index / rateHz))
const sine = (hz: number, count: number, amplitude = 1) =>
  signal(count, (seconds) => amplitude * Math.sin(2 * Math.PI * hz * seconds))

describe('the Fourier transform', () => {
  it('is that of the definition', () => {
    const samples = [1, -2, 0.5, 4, 3, -1, 0, 2]
    const [re, im] = [Float64Array.from(samples), new Float64Array(8)]
    fft(re, im)
    for (let k = 0; k < 8; k++) {
      const angles = samples.map((_, n) => (-2 * Math.PI * k * n) / 8)
      const sumOf = (part: (angle: number) => number) =>
        samples.reduce((sum, sample, n) => sum + sample * part(angles[n] ?? 0), 0)
      expect(re[k]).toBeCloseTo(sumOf(Math.cos), 12)
      expect(im[k]).toBeCloseTo(sumOf(Math.sin), 12)
    }
  })

  it('is undone with its arguments exchanged', () => {
    const samples = sine(440, 1_024)
    const [re, im] = [samples.slice(), new Float64Array(1_024)]
    fft(re, im)
    fft(im, re)
    expect(
      Math.max(...re.map((value, index) => Math.abs(value / 1_024 - (samples[index] ?? 0)))),
    ).toBeLessThan(1e-12)
  })

  it('needs a power of two', () => {
    expect(() => fft(new Float64Array(12), new Float64Array(12))).toThrow(RangeError)
    expect(() => fft(new Float64Array(8), new Float64Array(4))).toThrow(RangeError)
    expect([1, 2, 3, 2_560, 4_096].map(paddedLength)).toEqual([1, 2, 4, 4_096, 4_096])
  })
})

describe('moments', () => {
  it('of a sine: crest factor √2, kurtosis 1.5', () => {
    const samples = withoutMean(sine(100, 1_000, 3).map((value) => value + 1))
    expect(rootMeanSquare(samples)).toBeCloseTo(3 / Math.SQRT2, 9)
    expect(peakOf(samples) / rootMeanSquare(samples)).toBeCloseTo(Math.SQRT2, 9)
    expect(kurtosisOf(samples)).toBeCloseTo(1.5, 9)
  })

  it('of a square wave: kurtosis 1; of a constant: none', () => {
    expect(kurtosisOf(sine(100, 1_000).map((value) => (value >= 0 ? 1 : -1)))).toBeCloseTo(1, 3)
    expect(kurtosisOf(withoutMean([5, 5, 5]))).toBeNaN()
  })
})

describe('the spectrum', () => {
  it.each([2_048, 2_560])(
    'has the root mean square of a sine of %i samples in its band, and nothing elsewhere',
    (count) => {
      const spectrum = powerSpectrum(sine(1_230, count, 2), rateHz)
      expect(bandRms(spectrum, [1_180, 1_280])).toBeCloseTo(Math.SQRT2, 3)
      expect(bandRms(spectrum, [0, rateHz / 2])).toBeCloseTo(Math.SQRT2, 3)
      expect(bandRms(spectrum, [0, 1_150])).toBeLessThan(0.002)
      expect(bandRms(spectrum, [1_310, rateHz / 2])).toBeLessThan(0.002)
    },
  )

  it('integrates by its gain', () => {
    const spectrum = powerSpectrum(sine(200, 4_096), rateHz)
    const integrated = bandRms(spectrum, [10, 1_000], (hz) => 1 / (2 * Math.PI * hz))
    expect(integrated * 2 * Math.PI * 200 * Math.SQRT2).toBeCloseTo(1, 2)
  })
})

describe('the envelope', () => {
  it('is the amplitude of a modulated carrier', () => {
    const modulated = signal(
      4_096,
      (seconds) => (1 + 0.5 * Math.cos(2 * Math.PI * 37 * seconds)) * Math.cos(2 * Math.PI * 3_000 * seconds),
    )
    const amplitude = envelope(modulated, rateHz, [2_000, 4_000])
    for (let index = 200; index < 3_900; index++)
      expect(amplitude[index]).toBeCloseTo(1 + 0.5 * Math.cos((2 * Math.PI * 37 * index) / rateHz), 1)
    expect(peakOf(envelope(modulated, rateHz, [100, 1_000]))).toBeLessThan(0.2)
  })

  it('shows the rate of impulses that excite a resonance, which the spectrum does not', () => {
    const impulses = signal(8_192, (seconds) => {
      const since = seconds % (1 / 87)
      return Math.exp(-800 * since) * Math.sin(2 * Math.PI * 3_100 * since)
    })
    const ofEnvelope = powerSpectrum(withoutMean(envelope(impulses, rateHz, [2_000, 4_500])), rateHz)
    const [fault, neighbour] = [bandRms(ofEnvelope, [80, 94]), bandRms(ofEnvelope, [110, 150])]
    expect(fault).toBeGreaterThan(20 * neighbour)
    const plain = powerSpectrum(impulses, rateHz)
    expect(bandRms(plain, [80, 94])).toBeLessThan(0.1 * bandRms(plain, [2_000, 4_500]))
  })
})
