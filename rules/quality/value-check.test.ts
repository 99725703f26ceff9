import { describe, expect, it } from 'vitest'
import { toSensorLimits } from './sensor-limits.ts'
import { checkValue, type RejectedValue, type SensorState } from './value-check.ts'

const limits = toSensorLimits(
  { jump: { by: 10, per: 100 }, stuck: 4, rails: { low: 0, high: 90 } },
  { unit: 'Pa', range: [0, 100] },
)

/** Which values are shown, and what is marked: `=` for a value that is shown, `.` for one that is not. */
function senseAll(points: [ts: number, value: number][]): {
  shown: string
  marks: string[]
  state: SensorState
} {
  let state: SensorState | undefined
  let shown = ''
  const marks: RejectedValue[] = []
  for (const point of points) {
    const sensed = checkValue(limits, state, point)
    state = sensed.state
    shown += sensed.accepted ? '=' : '.'
    marks.push(...sensed.rejections)
  }
  if (state === undefined) throw new Error('no values')
  return { shown, marks: marks.map(({ reason, point }) => `${reason} ${point[1]}`), state }
}

function evenly(...values: number[]) {
  return senseAll(values.map((value, index) => [index * 10, value]))
}

describe('a sensor', () => {
  it('is believed while it changes no faster than it can', () => {
    expect(evenly(20, 25, 30, 40, 31)).toMatchObject({ shown: '=====', marks: [] })
  })

  it('may change more over a longer time', () => {
    expect(
      senseAll([
        [0, 20],
        [50, 31],
      ]).shown,
    ).toBe('=.')
    expect(
      senseAll([
        [0, 20],
        [110, 31],
      ]).shown,
    ).toBe('==')
  })

  it('that leaves and returns had a spike', () => {
    expect(evenly(20, 60, 21, 22)).toMatchObject({ shown: '=.==', marks: ['spike 60'] })
  })

  it('that stays where it leapt was right: one value is the price', () => {
    expect(evenly(60, 20, 21, 22)).toMatchObject({ shown: '=.==', marks: [] })
    const slowly: [number, number][] = [
      [0, 60],
      [100, 49],
      [200, 48],
    ]
    expect(senseAll(slowly)).toMatchObject({ shown: '=.=', marks: [] })
  })

  it('that leaps here and there is not believed', () => {
    expect(evenly(20, 60, 35, 80, 50, 21)).toMatchObject({
      shown: '=....=',
      marks: ['jump 60', 'jump 35', 'jump 80', 'spike 50'],
    })
  })

  it('at its rails is saturated', () => {
    expect(evenly(20, 0, 0, 95, 22)).toMatchObject({
      shown: '=...=',
      marks: ['saturated 0', 'saturated 0', 'saturated 95'],
    })
  })

  it('with the same value again and again is stuck, until it moves', () => {
    expect(evenly(20, 20, 20, 20, 20, 21, 21)).toMatchObject({
      shown: '===..==',
      marks: ['stuck 20', 'stuck 20'],
    })
  })

  it('that was stuck for long may have moved far', () => {
    const stuck: [number, number][] = Array.from({ length: 40 }, (_, index) => [index * 10, 20])
    expect(senseAll([...stuck, [400, 55]]).shown.endsWith('.=')).toBe(true)
  })

  it('is not judged anew by values told again, shown or hidden', () => {
    const { state } = evenly(20, 60, 21, 50, 51, 0, 52)
    for (const [ts, value, accepted] of [
      [0, 20, false],
      [10, 60, false],
      [30, 50, false],
      [40, 51, true],
    ] as const) {
      expect(checkValue(limits, state, [ts, value])).toEqual({ state, accepted, rejections: [] })
    }
  })

  it('shows late values that fit where it stands', () => {
    const { state } = evenly(20, 21, 22)
    expect(checkValue(limits, state, [15, 23])).toEqual({ state, accepted: true, rejections: [] })
    expect(checkValue(limits, state, [15, 60])).toEqual({ state, accepted: false, rejections: [] })
    expect(checkValue(limits, state, [15, 0])).toEqual({ state, accepted: false, rejections: [] })
    expect(checkValue(limits, state, [-500, 60])).toEqual({ state, accepted: true, rejections: [] })
  })

  it('remembers little, whatever it says', () => {
    const noise = Array.from({ length: 1000 }, (_, index) => (index * 37) % 97)
    expect(JSON.stringify(evenly(...noise).state).length).toBeLessThan(250)
  })
})
