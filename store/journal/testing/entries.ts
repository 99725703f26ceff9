import type { ReadingEntry } from '../../../contract/entry.ts'
import type { Finding } from '../../../contract/finding.ts'
import type { Batch, Journal } from '../journal.ts'

/** The `n`-th reading of a test; `seq` tells it from the others. */
export function entry(n: number): ReadingEntry {
  const reading = { device: `device-${n % 7}`, ts: 1_760_000_000_000 + n, values: { level: n / 3 }, seq: n }
  return { type: 'reading', receivedAt: 1_760_000_000_500 + n, reading }
}

export function entries(from: number, to: number): ReadingEntry[] {
  return Array.from({ length: to - from }, (_, i) => entry(from + i))
}

export function finding(id: string): Finding {
  return {
    id,
    device: 'device-1',
    component: 'battery',
    epoch: 0,
    rule: 'phone.battery_worn',
    version: '1',
    state: 'raised',
    severity: 'minor',
    at: 1_760_000_000_000,
    evidence: { detector: 'threshold', value: 79.5, limit: 80, points: [[1_760_000_000_000, 79.5]] },
  }
}

/** A signal that is already aborted: a read with it does not wait. */
export const alreadyAborted = AbortSignal.abort()

export function neverAborted(): AbortSignal {
  return new AbortController().signal
}

/** All that the journal retains of the telemetry stream, in one batch. */
export async function readRetained(journal: Journal): Promise<Batch<unknown>> {
  const all: unknown[] = []
  let from: number | undefined
  let next = 0
  for await (const batch of journal.scan('telemetry', 0)) {
    from ??= batch.from
    all.push(...batch.entries)
    next = batch.next
  }
  return { from: from ?? 0, next, entries: all }
}
