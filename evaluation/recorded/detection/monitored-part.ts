import type { TimeUnit } from '../prognosis-dataset.ts'

/** Readings of one device, as it would have sent them. */
export interface RecordedDevice {
  id: string
  /** One of `evaluation/recorded/rules/kinds`. */
  kind: string
  /** Oldest first; a missing value is absent. */
  readings: readonly { ts: number; values: Readonly<Record<string, number>> }[]
}

/** A part with the devices that measure it. */
export interface MonitoredPart {
  unit: string
  /** Its sensors: each is a component of a device, which may have other components. */
  sensors: readonly { name: string; device: RecordedDevice; component: string }[]
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
