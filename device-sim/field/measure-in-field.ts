import { dayMs } from '../../lib/time.ts'
import type { ApplianceEvent, MetricValues } from '../appliances/appliance.ts'
import type { DeviceKind, DeviceSpec } from '../household.ts'
import { Random } from '../random.ts'
import { FieldGauge } from './field-gauge.ts'
import { fieldGauges, unsentMetrics } from './field-gauges.ts'

/** Weeks in which a device is switched off or out of reach, and measures nothing that anybody gets. */
const silence = { meanDaysTo: 300, days: [7, 35] } as const
/** A new firmware reaches the devices of a model within a month, at some time of the first ten months. */
const rollout = { fromDays: [60, 270], withinDays: 30, share: 0.7 } as const

/**
 * Turn the events of a device into what a fleet in the field has of them: coarse gauges that are read seldom and drift, weeks of
 * silence, and a firmware that changes the gauges. Parts wear on meanwhile: the ground truth stays exact.
 */
export function* measureInField(
  events: Iterable<ApplianceEvent>,
  spec: DeviceSpec,
  stream: string,
): Generator<ApplianceEvent> {
  const random = new Random(stream, 'field')
  const sensors = new FieldSensors(spec.kind, stream)
  let updateAt: number | undefined
  let silent: { start: number; end: number } | undefined
  for (const event of events) {
    const { ts } = event
    updateAt ??= ts + daysToUpdate(spec, stream) * dayMs
    silent = silent === undefined || ts >= silent.end ? nextSilence(ts, random) : silent
    if (ts >= updateAt) {
      updateAt = Number.POSITIVE_INFINITY
      sensors.updateFirmware()
      yield { type: 'firmware', ts, firmware: `${spec.firmware}.1` }
    }
    if (event.type !== 'reading') {
      yield event
      continue
    }
    const values = ts < silent.start ? sensors.show(ts, event.values) : {}
    if (Object.keys(values).length > 0) yield { ...event, values }
  }
}

/** The sensors of a device. */
class FieldSensors {
  readonly #kind: DeviceKind
  readonly #stream: string
  readonly #gauges = new Map<string, FieldGauge>()

  constructor(kind: DeviceKind, stream: string) {
    this.#kind = kind
    this.#stream = stream
  }

  updateFirmware(): void {
    for (const gauge of this.#gauges.values()) gauge.updateFirmware()
  }

  /** Return what is sent of the values at a time. */
  show(at: number, values: MetricValues): MetricValues {
    const shown: MetricValues = {}
    for (const [metric, value] of Object.entries(values)) {
      if (unsentMetrics[this.#kind]?.includes(metric)) continue
      const measured = this.#measure(metric, at, value)
      if (measured !== undefined) shown[metric] = measured
    }
    return onlyWithValues(shown, this.#kind)
  }

  #measure(metric: string, at: number, value: number): number | undefined {
    const design = fieldGauges[this.#kind][metric]
    if (design === undefined) return value
    const gauge =
      this.#gauges.get(metric) ?? new FieldGauge(design, at, new Random(this.#stream, 'gauge', metric))
    this.#gauges.set(metric, gauge)
    return gauge.show(at, value)
  }
}

/** A phone that has nothing new of its battery does not send its design capacity alone. */
function onlyWithValues(values: MetricValues, kind: DeviceKind): MetricValues {
  const metrics = Object.keys(values)
  return kind === 'phone' && metrics.every((metric) => metric === 'design_capacity_mah') ? {} : values
}

function nextSilence(from: number, random: Random): { start: number; end: number } {
  const start = from + random.exponential(silence.meanDaysTo) * dayMs
  return { start, end: start + random.between(...silence.days) * dayMs }
}

/** Return the days until the device gets the new firmware of its model; infinity for one that never does. */
function daysToUpdate({ model, household }: DeviceSpec, stream: string): number {
  const [seed = ''] = household.name.split('/')
  const begin = new Random(seed, 'rollout', model).between(...rollout.fromDays)
  const random = new Random(stream, 'update')
  return random.chance(rollout.share)
    ? begin + random.between(0, rollout.withinDays)
    : Number.POSITIVE_INFINITY
}
