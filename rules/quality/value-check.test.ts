import { describe, expect, it } from 'vitest'
import { toSensorLimits } from './sensor-limits.ts'
import { createSensorState, type RejectedValue, type SensorState } from './sensor-state.ts'
import { checkValue } from './value-check.ts'

const limits = toSensorLimits(
  { jump: { by: 10, per: 100 }, stuck: 4, rails: { low: 0, high: 90 } },
  { unit: 'Pa', range: [0, 100] },
)

/** Return accepted values as `=`, rejected ones as `.`, and the reasons. */
function checkAll(points: [ts: number, value: number][]): {
  decisions: string
  rejections: string[]
  state: SensorState
} {
  const state = createSensorState(Number.NEGATIVE_INFINITY)
  let decisions = ''
  const rejections: RejectedValue[] = []
  for (const point of points) {
    const check = checkValue(limits, state, point)
    decisions += check.accepted ? '=' : '.'
    rejections.push(...check.rejections)
  }
  return { decisions, rejections: rejections.map(({ reason, point }) => `${reason} ${point[1]}`), state }
}

function evenly(...values: number[]) {
  return checkAll(values.map((value, index) => [index * 10, value]))
}

describe('a sensor', () => {
  it('is accepted while it changes within the jump limit', () => {
    expect(evenly(20, 25, 30, 40, 31)).toMatchObject({ decisions: '=====', rejections: [] })
  })

  it('may change more over a longer time', () => {
    expect(
      checkAll([
        [0, 20],
        [50, 31],
      ]).decisions,
    ).toBe('=.')
    expect(
      checkAll([
        [0, 20],
        [110, 31],
      ]).decisions,
    ).toBe('==')
  })

  it('that jumps and returns had a spike', () => {
    expect(evenly(20, 60, 21, 22)).toMatchObject({ decisions: '=.==', rejections: ['spike 60'] })
  })

  it('that stays at a new level made a real step: one value is lost', () => {
    expect(evenly(60, 20, 21, 22)).toMatchObject({ decisions: '=.==', rejections: [] })
    const slowly: [number, number][] = [
      [0, 60],
      [100, 49],
      [200, 48],
    ]
    expect(checkAll(slowly)).toMatchObject({ decisions: '=.=', rejections: [] })
  })

  it('that jumps to and fro is rejected', () => {
    expect(evenly(20, 60, 35, 80, 50, 21)).toMatchObject({
      decisions: '=....=',
      rejections: ['jump 60', 'jump 35', 'jump 80', 'spike 50'],
    })
  })

  it('at its rails is saturated', () => {
    expect(evenly(20, 0, 0, 95, 22)).toMatchObject({
      decisions: '=...=',
      rejections: ['saturated 0', 'saturated 0', 'saturated 95'],
    })
  })

  it('with many identical values is stuck until it changes', () => {
    expect(evenly(20, 20, 20, 20, 20, 21, 21)).toMatchObject({
      decisions: '===..==',
      rejections: ['stuck 20', 'stuck 20'],
    })
  })

  it('that was stuck for long may have changed by much', () => {
    const stuck: [number, number][] = Array.from({ length: 40 }, (_, index) => [index * 10, 20])
    expect(checkAll([...stuck, [400, 55]]).decisions.endsWith('.=')).toBe(true)
  })

  it('is not checked again for duplicates, accepted or rejected', () => {
    const { state } = evenly(20, 60, 21, 50, 51, 0, 52)
    for (const [ts, value, accepted] of [
      [0, 20, false],
      [10, 60, false],
      [30, 50, false],
      [40, 51, true],
    ] as const) {
      expect(checkValue(limits, state, [ts, value])).toEqual({ accepted, rejections: [] })
    }
    expect(state).toEqual(evenly(20, 60, 21, 50, 51, 0, 52).state)
  })

  it('does not accept a late value from before the rejections that it remembers', () => {
    const { state } = checkAll([
      ...Array.from({ length: 32 }, (_, at): [number, number] => [at * 10, at % 2 === 0 ? 20 + at / 8 : 60]),
      [320, 24.5],
    ])
    expect(state.rejectedTimes).toHaveLength(16)
    expect(checkValue(limits, state, [5, 24]).accepted).toBe(false)
    expect(checkValue(limits, state, [305, 24]).accepted).toBe(true)
  })

  it('accepts late values within the jump limit', () => {
    const { state } = evenly(20, 21, 22)
    expect(checkValue(limits, state, [15, 23])).toEqual({ accepted: true, rejections: [] })
    expect(checkValue(limits, state, [15, 60])).toEqual({ accepted: false, rejections: [] })
    expect(checkValue(limits, state, [15, 0])).toEqual({ accepted: false, rejections: [] })
    expect(checkValue(limits, state, [-500, 60])).toEqual({ accepted: true, rejections: [] })
  })

  it('has a state of bounded size', () => {
    const noise = Array.from({ length: 1000 }, (_, index) => (index * 37) % 97)
    expect(JSON.stringify(evenly(...noise).state).length).toBeLessThan(250)
  })
})
