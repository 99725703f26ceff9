import { readFile, writeFile } from 'node:fs/promises'

/** The truth of one part: what nobody but the simulator knows. Times are ms since 1970 UTC. */
export interface Life {
  component: string
  /** Which part of its slot: 0 for the first, one more with each replacement. */
  epoch: number
  metric: string
  worse: 'below' | 'above'
  limit: number
  /** null when it was there before the simulation started. */
  builtInAt: number | null
  /** When the true value first went beyond the limit; null when it does not within the horizon. */
  crossedAt: number | null
  replacedAt: number | null
}

/** How much trouble was made on purpose. */
export interface InjectedFaults {
  /** Readings that came late in an array marked `hist`. */
  backlogReadings: number
  /** Readings that were sent a second time. */
  duplicateReadings: number
  /** Readings that came after a newer one. */
  lateReadings: number
}

export interface DeviceTruth {
  device: string
  kind: string
  lives: Life[]
  injected: InjectedFaults
}

/** What a simulated fleet went through between `from` and `until`, and what was still to come up to `horizon`. */
export interface FleetTruth {
  seed: number
  from: number
  until: number
  horizon: number
  devices: DeviceTruth[]
}

export async function writeTruth(file: string, truth: FleetTruth): Promise<void> {
  await writeFile(file, `${JSON.stringify(truth, null, 1)}\n`)
}

/** Reads a file that `writeTruth` wrote. */
export async function readTruth(file: string): Promise<FleetTruth> {
  return JSON.parse(await readFile(file, 'utf8'))
}
