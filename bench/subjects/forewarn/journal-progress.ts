import { join } from 'node:path'
import { open } from 'lmdb'

/** As the journal writes its entries. */
const recordEncoding = { encoder: { useRecords: true, mapsAsObjects: true } }

export interface JournalProgress {
  /** Readings stored since the journal was made. */
  stored: number
  /** Entries of the telemetry stream that the slowest of its consumers has not committed. */
  lag: number
}

/**
 * Read from outside how far the consumers of a running program are. To ask `/metrics` instead costs the program 20 ms of CPU time
 * each, which would count as its work.
 */
export class JournalReader {
  readonly #env
  readonly #telemetry
  readonly #consumers
  readonly #totals

  constructor(dataDir: string) {
    this.#env = open({ path: join(dataDir, 'journal'), noSubdir: false, readOnly: true, maxDbs: 12 })
    this.#telemetry = this.#env.openDB<readonly unknown[], number>('telemetry', {
      useVersions: true,
      ...recordEncoding,
    })
    this.#consumers = this.#env.openDB<{ stream: string; cursor: number }, string>('consumers', {})
    this.#totals = this.#env.openDB<Record<string, number>, string>('totals', {})
  }

  progress(): JournalProgress {
    this.#env.resetReadTxn()
    const [last] = this.#telemetry.getRange({ reverse: true, limit: 1 })
    const head = last ? last.key + last.value.length : 0
    const cursors = [...this.#consumers.getRange()]
      .filter(({ value }) => value.stream === 'telemetry')
      .map(({ value }) => value.cursor)
    return { stored: this.#totals.get('tally')?.stored ?? 0, lag: head - Math.min(...cursors) }
  }

  async close(): Promise<void> {
    await this.#env.close()
  }
}
