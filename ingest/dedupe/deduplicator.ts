import type { EventEntry } from '../../contract/entry.ts'
import type { Reading } from '../../contract/reading.ts'
import { createRecentKeys, type RecentKeysLimits } from './recent-keys.ts'
import { createSeqRanges, type SeqRanges } from './seq-ranges.ts'

export interface DedupeLimits extends RecentKeysLimits {
  /** Maximum number of boots kept per device. */
  bootsPerDevice: number
  /** Maximum number of ranges of consecutive numbers kept per boot. */
  rangesPerBoot: number
  /** Maximum number of ranges of all devices; beyond that a device that adds one loses one. A device without losses takes one per boot. */
  totalRanges: number
}

export const defaultDedupeLimits: DedupeLimits = {
  bootsPerDevice: 4,
  rangesPerBoot: 128,
  totalRanges: 1_000_000,
  keysPerDevice: 4_096,
  totalKeys: 500_000,
}

/**
 * Memory of stored readings, bounded per device. What was evicted counts as new: a reading stored twice does no
 * harm downstream, one that is dropped is lost.
 */
export interface Deduplicator {
  /**
   * Record a reading: by (device, boot, seq) where it has both, since a sequence without a boot counter may restart unnoticed;
   * otherwise by (device, ts, names of the metrics), since a device may send the metrics of a moment one by one.
   */
  recordReading(reading: Reading): 'new' | 'seen'
  /** Record an event, by (device, ts, event, component). */
  recordEvent(event: Pick<EventEntry, 'device' | 'ts' | 'event' | 'component'>): 'new' | 'seen'
  /** Forget a device, for when what was recorded could not be stored. */
  forget(device: string): void
}

export function createDeduplicator(limits: DedupeLimits = defaultDedupeLimits): Deduplicator {
  const boots = new Map<string, Map<number, SeqRanges>>()
  const recent = createRecentKeys(limits)
  let rangeCount = 0

  function rangesOf(device: string, boot: number): SeqRanges {
    const known = boots.get(device) ?? new Map<number, SeqRanges>()
    boots.set(device, known)
    const ranges = known.get(boot) ?? createSeqRanges(limits.rangesPerBoot)
    known.set(boot, ranges)
    const [oldest] = known.size > limits.bootsPerDevice ? known : []
    if (oldest === undefined) return ranges
    rangeCount -= oldest[1].size()
    known.delete(oldest[0])
    return ranges
  }

  function addToRanges(ranges: SeqRanges, seq: number): 'new' | 'seen' {
    const before = ranges.size()
    const answer = ranges.add(seq)
    if (rangeCount + ranges.size() - before > limits.totalRanges) ranges.dropLowest()
    rangeCount += ranges.size() - before
    return answer
  }

  return {
    recordReading({ device, ts, values, boot, seq }) {
      if (boot !== undefined && seq !== undefined) return addToRanges(rangesOf(device, boot), seq)
      return recent.add(device, `${ts} ${Object.keys(values).join(' ')}`)
    },
    recordEvent({ device, ts, event, component }) {
      return recent.add(device, JSON.stringify([ts, event, component]))
    },
    forget(device) {
      for (const ranges of boots.get(device)?.values() ?? []) rangeCount -= ranges.size()
      boots.delete(device)
      recent.forget(device)
    },
  }
}
