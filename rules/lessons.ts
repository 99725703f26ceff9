import type { Life } from './prognosis/outlook.ts'

/** What the fleet teaches each of its devices, as of one moment: a versioned snapshot, bounded in size. */
export interface Lessons {
  /** Short hash of what it says. */
  version: string
  /** Lives of parts, finished and running, by subject (`subjectOf`). */
  lives: Readonly<Record<string, readonly Life[]>>
  /** What is usual among devices of a kind, by `kind/metric`. */
  peers: Readonly<Record<string, readonly Peers[]>>
}

/** The distribution of one metric over the devices of one cohort. */
export interface Peers {
  model?: string
  /** Absent: all firmwares of the model. */
  firmware?: string
  devices: number
  /** Quantiles of the devices' recent medians. */
  q10: number
  q50: number
  q90: number
}

export const noLessons: Lessons = { version: 'none', lives: {}, peers: {} }

/** Under which name lives are kept. */
export const subjectOf = (kind: string, component: string, metric: string): string =>
  `${kind}/${component}/${metric}`
