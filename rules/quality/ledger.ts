import type { Finding } from '../../contract/finding.ts'
import { ended, note, type Trouble, type TroubleState } from './trouble.ts'

/** Something to tell of a sensor, or of the clock. */
export interface SensorNews {
  /** A metric, or `clock`. */
  sensor: string
  state: Finding['state']
  episode: number
  update: number
  trouble: Trouble
}

type Troubles = Readonly<Record<string, TroubleState>>

/** The troubles of a device while one reading is judged. */
export class Ledger {
  troubles: Troubles
  readonly news: SensorNews[] = []

  constructor(troubles: Troubles) {
    this.troubles = troubles
  }

  /** Notes what a sensor's new value shows not to be believed: nothing when all is well. */
  note(sensor: string, marks: Parameters<typeof note>[1]): void {
    const before = this.troubles[sensor]
    if (marks.length > 0 || before?.trouble) this.#keep(sensor, note(before, marks))
  }

  /** Ends the troubles of sensors that nobody watches any more. */
  keepOnly(isWatched: (sensor: string) => boolean): void {
    for (const [sensor, before] of Object.entries(this.troubles)) {
      if (before.trouble && !isWatched(sensor)) this.#keep(sensor, ended(before))
    }
  }

  #keep(sensor: string, { state, change }: ReturnType<typeof note>): void {
    this.troubles = { ...this.troubles, [sensor]: state }
    if (change) this.news.push({ sensor, ...change })
  }
}
