import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal } from '../testing/test-journal.ts'
import { announce, message, testTime as now } from '../testing/test-messages.ts'
import type { Counts } from './commit-batch.ts'

function sumOfValues(counts: Counts): number {
  const outcomes = ['stored', 'duplicate', 'quarantined', 'ignored'] as const
  return outcomes.reduce((sum, outcome) => sum + (counts[`values.${outcome}`] ?? 0), 0)
}

describe('the counters', () => {
  const anyDevice = fc.constantFrom('d-1', 'd-2', 'd-3')
  const anyReading = fc.record({
    ts: fc.constantFrom(now, now - 1, `${now}`, undefined, now / 1000, 0, now * 2, 'now'),
    values: fc.oneof(
      fc.constantFrom({}, 5),
      fc.dictionary(
        fc.constantFrom('battery_temp_c', 'battery_health_pct', 'charging', 'mode', 'colour', 'debug_1'),
        fc.constantFrom(20, 21, 200, true, null, '20', 'idle', { a: 1 }),
      ),
    ),
    boot: fc.constantFrom(undefined, null, 1, 2),
    seq: fc.constantFrom(undefined, 1, 2, 3, -1),
    hist: fc.constantFrom(undefined, true, 1, 'yes'),
  })
  const anyPayload = fc.oneof(
    anyReading,
    fc.array(anyReading, { maxLength: 5 }),
    fc.constantFrom('', '{', 'null'),
  )
  const anyTelemetry = fc
    .tuple(anyDevice, anyPayload, fc.constantFrom(undefined, 'd-1', 'gateway'))
    .map(([device, payload, clientId]) => message(names.telemetry(device), payload, clientId))
  const anyAnnouncement = fc
    .tuple(anyDevice, fc.constantFrom('phone', 'toaster'))
    .map(([device, kind]) => announce(device, kind))
  const anyStep = fc.record({
    messages: fc.array(fc.oneof({ weight: 5, arbitrary: anyTelemetry }, anyAnnouncement), { maxLength: 20 }),
    wait: fc.boolean(),
  })

  test('of readings and of values add up, and each is what the journal holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 5 }), async (steps) => {
        const fresh = await openTestJournal()
        try {
          const acceptance = await startTestAcceptance({ journal: fresh.journal, now: () => now })
          const accepted: Promise<void>[] = []
          for (const { messages, wait } of steps) {
            for (const each of messages) accepted.push(acceptance.accept(each))
            if (wait) await Promise.all(accepted)
          }
          await Promise.all(accepted)

          const { counts } = acceptance.info()
          const { received = 0, stored = 0, duplicate = 0, quarantined: rejected = 0 } = counts
          expect(received).toBe(stored + duplicate + rejected)
          expect(sumOfValues(counts)).toBe(counts['values.received'] ?? 0)
          expect(await fresh.journal.tally()).toEqual(counts)
          const entries = await fresh.entries()
          expect(entries.filter(({ type }) => type === 'reading')).toHaveLength(stored)
          const storedValues = entries.flatMap((entry) => {
            return entry.type === 'reading' ? Object.keys(entry.reading.values) : []
          })
          expect(storedValues).toHaveLength(counts['values.stored'] ?? 0)
          const kept = entries.filter(({ type }) => type === 'quarantined')
          expect(kept).toHaveLength(counts.quarantine_entries ?? 0)
          expect(kept.length).toBeGreaterThanOrEqual(rejected)
        } finally {
          await fresh.remove()
        }
      }),
      { numRuns: 50 },
    )
  })
})
