import { join } from 'node:path'
import type { Engine } from '../../../rules/engine/engine.ts'
import { imsBearing } from './ims-bearing.ts'
import type { DetectionDataset, MonitoredPart, RecordedDevice } from './monitored-part.ts'
import { motorBearing } from './motor-bearing.ts'
import { type AlarmInterval, replayAlarms } from './replay-alarms.ts'

/** Datasets with alarms to score: a new dataset is one line here. */
export const detectionDatasets: readonly DetectionDataset[] = [imsBearing, motorBearing]

export interface PartDetection {
  part: MonitoredPart
  /** Alarms by name of the sensor, in the order of time. */
  alarms: ReadonlyMap<string, readonly AlarmInterval[]>
  begin: number
  end: number
  /** When the first alarm that is active at the end was raised, by any sensor, ms. */
  firstLastingAlarmAt: number | undefined
}

export interface DetectionResult {
  dataset: DetectionDataset
  parts: readonly PartDetection[]
}

/** Replay a dataset through the engine. @throws FieldDataError when a file is missing or malformed */
export async function detectInDataset(
  set: DetectionDataset,
  data: string,
  engine: Engine,
): Promise<DetectionResult> {
  const parts = await set.read(join(data, set.name))
  const devices = new Set(parts.flatMap(({ sensors }) => sensors.map(({ device }) => device)))
  const alarms = new Map([...devices].map((device) => [device, replayAlarms(engine, device)]))
  return { dataset: set, parts: parts.map((part) => detectOnPart(part, alarms)) }
}

function detectOnPart(
  part: MonitoredPart,
  alarmsOf: ReadonlyMap<RecordedDevice, ReadonlyMap<string, readonly AlarmInterval[]>>,
): PartDetection {
  const alarms = new Map(
    part.sensors.map(({ name, device, component }) => [name, alarmsOf.get(device)?.get(component) ?? []]),
  )
  const times = part.sensors
    .flatMap(({ device: { readings } }) => [readings[0], readings.at(-1)])
    .flatMap((reading) => reading?.ts ?? [])
  const active = [...alarms.values()].flat().filter(({ until }) => until === undefined)
  return {
    part,
    alarms,
    begin: Math.min(...times),
    end: Math.max(...times),
    firstLastingAlarmAt: active.length > 0 ? Math.min(...active.map(({ from }) => from)) : undefined,
  }
}
