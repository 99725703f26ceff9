import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, silentLogger } from '../../lib/logging/logger.ts'
import { silenceNotices } from '../../notices/deliver/silence-notices.ts'
import { combinedInfo, type Partitions } from '../../store/journal/partitions.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { Workers } from '../../workers/start-workers.ts'

/** File in a data folder that was restored quietly, until its first start has caught up. */
export const quietMarkerName = 'restored-quietly'

const pollMs = 100

export interface QuietRestore {
  /** Whether notices are not sent at present. */
  isMuted(): boolean
  /**
   * Before devices are accepted: wait until all entries of the restored journal are processed, run one sweep, and close
   * all notices that are not delivered: they were sent before, or are older than the restore. Later notices are sent.
   */
  settle(parts: SettledParts): Promise<void>
}

interface SettledParts {
  partitions: Partitions
  records: RecordsStore['db']
  workers: Pick<Workers, 'queueCounts' | 'runSweep'>
  now(): number
  log?: Logger | undefined
}

/** Return how notices are treated at this start. */
export function detectQuietRestore(dataDir: string): QuietRestore {
  const marker = join(dataDir, quietMarkerName)
  let muted = existsSync(marker)
  return {
    isMuted: () => muted,
    async settle({ partitions, records, workers, now, log = silentLogger }) {
      if (!muted) return
      await waitUntilProcessed(partitions, workers)
      await workers.runSweep()
      await waitUntilProcessed(partitions, workers)
      const silenced = await silenceNotices(records, new Date(now()))
      await rm(marker)
      muted = false
      log.warn(`restored quietly: ${silenced} notices were not sent`, { event: 'restored_quietly', silenced })
    },
  }
}

async function waitUntilProcessed(
  partitions: Partitions,
  workers: Pick<Workers, 'queueCounts'>,
): Promise<void> {
  for (;;) {
    const { consumers } = await combinedInfo(partitions)
    const { findings } = await workers.queueCounts()
    const waiting = findings.waiting + findings.active
    if (waiting === 0 && consumers.every(({ lag }) => lag === 0)) return
    await sleep(pollMs)
  }
}
