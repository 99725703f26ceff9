import type { Journal } from '../../store/journal/journal.ts'
import type { StateCache } from '../consumer/state-cache.ts'

/** The devices of one partition and where their states are. */
export interface Pupils {
  cache: Pick<StateCache, 'get'>
  /** Ids of all devices that are known. */
  devices(): string[]
}

/** What the rules of all partitions share: whose lives teach, and where the lessons are written to. */
export class School {
  readonly journal: Pick<Journal, 'append'>
  readonly #pupils: Pupils[] = []

  /** @param journal writes into every partition */
  constructor(journal: Pick<Journal, 'append'>) {
    this.journal = journal
  }

  get pupils(): readonly Pupils[] {
    return this.#pupils
  }

  enrol(pupils: Pupils): void {
    this.#pupils.push(pupils)
  }
}
