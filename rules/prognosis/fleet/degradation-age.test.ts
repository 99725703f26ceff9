import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { createLimit } from '../../detectors/limit.ts'
import { degradationPathOf } from '../degradation-path.ts'
import { buildAgeScale, degradationAgeAt, unobservedFrom } from './degradation-age.ts'
import { buildLevelGrid, firstPassagesOf } from './first-passage.ts'

const limit = createLimit({ below: 80 })

/** Values at times 0, 10, 20…, from the beginning of a lifetime. */
const lived = (values: readonly number[]): Lifetime => ({
  cohort: {},
  startedAt: 0,
  points: values.map((value, index) => [index * 10, value]),
})

function clockFrom(...lives: Lifetime[]) {
  const courses = lives.map((life) => degradationPathOf(life, limit))
  const scale = buildLevelGrid(courses)
  const passages = courses.map((course) => firstPassagesOf(course, scale))
  const clock = buildAgeScale(
    scale.levels,
    passages.map((passage) => ({ passages: passage, weight: 1, timeScale: 1 })),
  )
  if (clock === undefined) throw new Error('no level was passed')
  return { scale, passages, clock }
}

describe('margin levels', () => {
  it('have one level for each whole number, and end at the limit', () => {
    const { scale } = clockFrom(lived([83, 83, 82, 81, 80, 79]))
    expect(scale).toEqual({ levels: [2.5, 1.5, 0.5, 0], halfStep: 0.5 })
  })

  it('are bounded in number, and dense where much time passes', () => {
    const knee = Array.from({ length: 200 }, (_, i) => (i < 100 ? 100 - i / 100 : 99 - (i - 100) / 5))
    const { levels } = clockFrom(lived(knee)).scale
    expect(levels.length).toBeLessThanOrEqual(48)
    expect(levels.filter((level) => level > 19).length).toBeGreaterThan(10)
  })
})

describe('first passages', () => {
  it('give the time from level to level, interpolated between two readings', () => {
    const [passage] = clockFrom(lived([83, 83, 82, 81, 80, 79])).passages
    expect(passage?.dwellTimes).toEqual(Float64Array.of(15, 10, 10, 10))
    expect(passage?.crossedAt).toBe(45)
  })

  it('of a record that ends before the limit are censored where it ends', () => {
    const [, open] = clockFrom(lived([83, 82, 81, 80, 79]), lived([83, 82, 82, 82])).passages
    expect(open?.dwellTimes).toEqual(Float64Array.of(5, 25, 0, 0))
    expect(open?.passed).toEqual(Float64Array.of(1, 0, 0, 0))
    expect(open?.crossedAt).toBeUndefined()
  })

  it('of a part first seen worn give no time for the levels before', () => {
    const late = { cohort: {}, points: lived([82, 81, 80, 79]).points }
    const [, passage] = clockFrom(lived([83, 82, 81, 80, 79]), late).passages
    expect(passage?.passed).toEqual(Float64Array.of(0, 0, 1, 1))
  })
})

describe('the degradation age', () => {
  it('is the mean of the other lifetimes, and is interpolated between levels', () => {
    const { clock } = clockFrom(lived([82, 81, 80, 79]), lived([82, 82, 82, 81, 81, 81, 80, 79]))
    expect(clock.typicalLifetimeMs).toBeCloseTo((25 + 65) / 2, 0)
    expect(degradationAgeAt(clock, 3)).toBe(0)
    expect(degradationAgeAt(clock, -1)).toBe(clock.typicalLifetimeMs)
    expect(degradationAgeAt(clock, 1)).toBeCloseTo(
      (degradationAgeAt(clock, 1.5) + degradationAgeAt(clock, 0.5)) / 2,
    )
  })

  it('counts a censored stay at its observed length once it is longer than usual', () => {
    const usual = lived([82, 81, 80, 79])
    const short = clockFrom(usual, lived([82, 81])).clock
    const long = clockFrom(usual, lived([82, ...new Array<number>(20).fill(81)])).clock
    expect(short.typicalLifetimeMs).toBeCloseTo(clockFrom(usual).clock.typicalLifetimeMs, -1)
    expect(long.typicalLifetimeMs).toBeGreaterThan(short.typicalLifetimeMs + 70)
  })

  it('gives the share that no lifetime passed through', () => {
    const { clock } = clockFrom(lived([84, 83, 82, 81, 81]))
    expect(unobservedFrom(clock, 2)).toBeGreaterThan(0)
    expect(unobservedFrom(clockFrom(lived([82, 81, 80, 79])).clock, 2)).toBe(0)
  })
})
