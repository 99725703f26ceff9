import { setMaxListeners } from 'node:events'
import { abortableSleep } from '../../../lib/abortable-sleep.ts'
import type { Logger } from '../../../lib/logging/logger.ts'
import { race } from '../../../lib/race.ts'
import { type Journal, JournalFencedError } from '../../../store/journal/journal.ts'
import { assignPartitions, type Member } from '../../../store/journal/redis/shared/members.ts'
import type { SharedJournal } from '../../../store/journal/redis/shared/open-shared-journal.ts'
import type { SharedPartition } from '../../../store/journal/redis/shared/shared-partition.ts'
import { journalWriters, type WriterName } from '../../../store/journal/redis/shared/writers.ts'

/** The work of a role in one partition, while this process holds its writer. */
export interface RunningClaim {
  /** Settle when the work has ended by itself: it failed, or another process has taken over. */
  ended: Promise<unknown>
  /** End at the next border between batches: what is done is committed. */
  stop(): Promise<void>
}

export interface ClaimContext {
  partition: number
  shared: SharedPartition
  /** Of the writer that is held. */
  journal: Journal
  /** Aborts when the work has to end. */
  signal: AbortSignal
}

/** A role that is divided by partitions. */
export interface ClaimedRole {
  name: WriterName
  /** Called when it is known which partitions are those of this process. */
  assigned?(partitions: readonly number[]): void
  start(context: ClaimContext): Promise<RunningClaim>
}

export interface PartitionClaimsOptions {
  journal: SharedJournal
  /** Id of this process among the members. */
  self: string
  /** How often processes announce themselves, ms. */
  announceMs: number
  roles: readonly ClaimedRole[]
  log: Logger
  onError(error: unknown, where: string): void
}

/** Pause before a claim that failed is tried again. */
const retryMs = 500

interface Claim {
  stopping: AbortController
  done: Promise<void>
}

/**
 * Announces this process, and runs its roles in the partitions that are its part of all. When processes come and go, the
 * work moves: one gives a partition up at the border of a batch, another one takes it when its writer is free.
 */
export class PartitionClaims {
  readonly #options: PartitionClaimsOptions
  readonly #stopping = new AbortController()
  readonly #claims = new Map<string, Claim>()
  #announcing: Promise<void> = Promise.resolve()
  /** As of the last announcement. */
  members: readonly Member[] = []

  constructor(options: PartitionClaimsOptions) {
    this.#options = options
    setMaxListeners(0, this.#stopping.signal)
  }

  start(): void {
    this.#announcing = this.#announceAll()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#announcing
    const { journal, onError } = this.#options
    await journal.members.leave().catch((error: unknown) => onError(error, 'members'))
    for (const { stopping } of this.#claims.values()) stopping.abort()
    await Promise.all([...this.#claims.values()].map(({ done }) => done))
  }

  async #announceAll(): Promise<void> {
    const { journal, announceMs, onError } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        this.members = await journal.members.announce()
        if (!signal.aborted) this.#reconcile()
      } catch (error) {
        // What is held stays held: the leases decide.
        onError(error, 'members')
      }
      await abortableSleep(announceMs, signal)
    }
  }

  #reconcile(): void {
    const { journal, roles, self } = this.#options
    for (const role of roles) {
      const assigned = assignPartitions(this.members, role.name, journal.partitions.length).get(self) ?? []
      role.assigned?.(assigned)
      for (const [partition, shared] of journal.partitions.entries()) {
        const key = `${role.name}/${partition}`
        const claim = this.#claims.get(key)
        const isMine = assigned.includes(partition)
        if (claim !== undefined && !isMine) claim.stopping.abort()
        if (claim === undefined && isMine) this.#begin(key, role, { partition, shared })
      }
    }
  }

  #begin(key: string, role: ClaimedRole, at: Pick<ClaimContext, 'partition' | 'shared'>): void {
    const stopping = new AbortController()
    setMaxListeners(0, stopping.signal)
    const done = this.#hold(role, at, stopping.signal).finally(() => this.#claims.delete(key))
    this.#claims.set(key, { stopping, done })
  }

  async #hold(
    role: ClaimedRole,
    at: Pick<ClaimContext, 'partition' | 'shared'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, onError } = this.#options
    const where = `${role.name}/${at.partition}`
    while (!signal.aborted) {
      try {
        await this.#holdOnce(role, at, signal)
      } catch (error) {
        if (signal.aborted && isAbort(error)) return
        if (error instanceof JournalFencedError)
          log.warn(`${where}: ${error.message}`, { component: role.name, event: 'lease_lost' })
        else onError(error, where)
        await abortableSleep(retryMs, signal)
      }
    }
  }

  async #holdOnce(
    role: ClaimedRole,
    { partition, shared }: Pick<ClaimContext, 'partition' | 'shared'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.#options
    let lost: (error: unknown) => void = () => undefined
    const leaseLost = new Promise<unknown>((_, reject) => {
      lost = reject
    })
    // It is awaited below, or not at all any more.
    leaseLost.catch(() => undefined)
    const journal = await shared.claim(journalWriters[role.name], { signal, onLost: (error) => lost(error) })
    const labels = { component: role.name, partition }
    const working = new AbortController()
    setMaxListeners(0, working.signal)
    let onStopped: () => void = () => undefined
    const stopped = new Promise<void>((resolve) => {
      onStopped = resolve
    })
    const end = () => {
      working.abort()
      onStopped()
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    try {
      const running = await role.start({ partition, shared, journal, signal: working.signal })
      log.info('partition taken over', { ...labels, event: 'partition_claimed' })
      try {
        await race([running.ended, leaseLost, stopped])
      } finally {
        end()
        await running.stop()
      }
    } finally {
      end()
      signal.removeEventListener('abort', end)
      await journal.close()
      log.info('partition given up', { ...labels, event: 'partition_released' })
    }
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
