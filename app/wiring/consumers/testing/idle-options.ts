import { join } from 'node:path'
import { vi } from 'vitest'
import { packageRoot } from '../../../../lib/package-root.ts'
import { shippedReferences } from '../../../../rules/testing/rules.ts'
import type { HandledBatch } from '../../../../store/journal/consume-options.ts'

/** Return options of consumers, without stores and journal, whose projection and workers do nothing. */
export function idleOptions() {
  return {
    rules: {
      ...shippedReferences,
      threads: 0,
      plugins: [],
      kindFolders: [join(packageRoot, 'rules', 'kinds')],
    },
    projection: {
      handle: async () => undefined,
      probe: async () => undefined,
      counts: { devices: 0, quarantined: 0, receipts: 0, unknownReceipts: 0 },
    },
    workers: {
      relay: async () => undefined,
      confirm: async ({ next }: { next: number }): Promise<HandledBatch<never>> => ({ cursor: next }),
      probe: async () => undefined,
    },
    onGap: vi.fn(),
    onStarting: vi.fn<(stop: () => Promise<void>) => void>(),
    now: Date.now,
    onError: vi.fn(),
  }
}
