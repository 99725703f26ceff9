import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'

/** A part with its sensors. */
export interface MonitoredPart {
  unit: string
  /** Readings of each sensor, oldest first. */
  sensors: readonly { name: string; points: readonly Point[] }[]
  /** Whether it failed at the end of the record, or was found healthy. */
  fails: boolean
}

/** A folder of recorded parts on which alarms are scored. */
export interface DetectionDataset {
  name: string
  /** Title for people. */
  title: string
  time: TimeUnit
  /** Read a folder. @throws FieldDataError when a file is missing or malformed */
  read(folder: string): Promise<MonitoredPart[]>
}
