import type { Journal } from '../../store/journal/journal.ts'
import type { StateCache } from '../consumer/state-cache.ts'

/** The devices of one partition and where their states are. */
export interface PartitionStates {
  cache: Pick<StateCache, 'get'>
  /** Ids of all devices that are known. */
  devices(): string[]
}

/** What the rules of all partitions share: whose lives teach, and where the lessons are written to. */
export class FleetModelSources {
  readonly journal: Pick<Journal, 'append'>
  readonly #pupils: PartitionStates[] = []

  /** @param journal writes into every partition */
  constructor(journal: Pick<Journal, 'append'>) {
    this.journal = journal
  }

  get partitions(): readonly PartitionStates[] {
    return this.#pupils
  }

  register(pupils: PartitionStates): void {
    this.#pupils.push(pupils)
  }
}
