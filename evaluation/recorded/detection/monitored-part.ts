import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'

/** A bearing with the sensors that watch it. */
export interface MonitoredPart {
  unit: string
  /** What each sensor read, oldest first. */
  sensors: readonly { name: string; points: readonly Point[] }[]
  /** Whether it failed at the end of the record, or was found in order. */
  fails: boolean
}

/** A folder of recorded parts on which alarms are scored. */
export interface DetectionDataset {
  name: string
  /** In words, for people. */
  title: string
  time: TimeUnit
  /** @throws FieldDataError where a file is not what it should be */
  read(folder: string): Promise<MonitoredPart[]>
}
