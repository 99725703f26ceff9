import type { Journal } from '../../store/journal/journal.ts'
import type { StateCache } from '../consumer/state-cache.ts'

/** Devices of one partition and access to their states. */
export interface PartitionStates {
  cache: Pick<StateCache, 'get'>
  /** Ids of all registered devices. */
  devices(): string[] | Promise<string[]>
}

/** Shared by the rules of all partitions: the states to learn from, and the journal for the fleet model. */
export class FleetModelSources {
  readonly journal: Pick<Journal, 'append'>
  readonly #partitionStates: PartitionStates[] = []

  /** @param journal writes to every partition */
  constructor(journal: Pick<Journal, 'append'>) {
    this.journal = journal
  }

  get partitions(): readonly PartitionStates[] {
    return this.#partitionStates
  }

  register(partitionStates: PartitionStates): void {
    this.#partitionStates.push(partitionStates)
  }
}
