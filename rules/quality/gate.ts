import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { type ClockState, timed } from './clock.ts'
import { Ledger, type SensorNews } from './ledger.ts'
import type { SensorLimits } from './limits.ts'
import { type SensorState, sense, withoutLevel } from './sensor.ts'
import type { TroubleState } from './trouble.ts'

/** What is remembered of a device's sensors and its clock. */
export interface QualityState {
  clock?: ClockState
  /** By metric. */
  sensors: Readonly<Record<string, SensorState>>
  /** By metric, and `clock`. */
  troubles: Readonly<Record<string, TroubleState>>
}

export interface Gated {
  quality: QualityState | undefined
  /** What of the reading is believed; undefined when its time is not. */
  values: Readonly<Record<string, number>> | undefined
  news: readonly SensorNews[]
}

/** Under which name trouble with the clock is told. */
const clockName = 'clock'

const nothing: QualityState = { sensors: {}, troubles: {} }

/** Decides what of a reading the rules may see. Pure; a reading that is told again changes nothing. */
export function gate(
  before: QualityState | undefined,
  reading: Reading,
  limits: ReadonlyMap<string, SensorLimits>,
): Gated {
  const { clock, sensors, troubles } = before ?? nothing
  const ledger = new Ledger(troubles)
  const time = timed(clock, reading)
  if (time.is === 'lost') {
    const point = [reading.ts, time.behindMs / dayMs] as const
    if (time.isNew) ledger.note(clockName, [{ reason: 'clock_reset', point }])
    return {
      quality: { clock: time.clock, sensors, troubles: ledger.troubles },
      values: undefined,
      news: ledger.news,
    }
  }
  if (time.clock !== clock) ledger.note(clockName, [])
  const sensed = senseAll(sensors, reading, { limits, ledger })
  ledger.keepOnly((sensor) => sensor === clockName || limits.has(sensor))
  const same = time.clock === clock && sensed.sensors === sensors && ledger.troubles === troubles
  const after = {
    sensors: sensed.sensors,
    troubles: ledger.troubles,
    ...(time.clock ? { clock: time.clock } : {}),
  }
  return { quality: same ? before : after, values: sensed.values, news: ledger.news }
}

function senseAll(
  before: QualityState['sensors'],
  { ts, values }: Reading,
  { limits, ledger }: { limits: ReadonlyMap<string, SensorLimits>; ledger: Ledger },
): { sensors: QualityState['sensors']; values: Readonly<Record<string, number>> } {
  let sensors: Record<string, SensorState> | undefined
  let believed = values
  for (const [metric, limit] of limits) {
    const value = values[metric]
    if (value === undefined) continue
    const { state, shown, marks } = sense(limit, before[metric], [ts, value])
    if (!shown) {
      const { [metric]: _, ...others } = believed
      believed = others
    }
    if (state === before[metric]) continue
    sensors ??= { ...before }
    sensors[metric] = state
    if (shown || marks.length > 0) ledger.note(metric, marks)
  }
  return { sensors: sensors ?? before, values: believed }
}

/** A part was replaced: whatever its sensors say next is taken as it comes. */
export function withoutLevels(quality: QualityState): QualityState {
  const sensors = Object.entries(quality.sensors).map(([metric, state]) => [metric, withoutLevel(state)])
  return { ...quality, sensors: Object.fromEntries(sensors) }
}
