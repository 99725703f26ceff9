import type { Device } from '../../../contract/device.ts'
import { loadDevices } from '../../../ingest/acceptance/device-registry.ts'
import { abortableSleep } from '../../../lib/abortable-sleep.ts'
import { type Kinds, parseKinds } from '../../../rules/files/kinds.ts'
import { loadRuleSetVersion } from '../../../rules/rollout/rule-set-store.ts'
import type { SharedPartition } from '../../../store/journal/redis/shared/shared-partition.ts'

const pollMs = 2_000
const rulesPollMs = 200

export interface SharedRegistryOptions {
  partitions: readonly SharedPartition[]
  /** Called with the kinds of the live rule set, when they were changed. */
  onKinds(kinds: Kinds): void
  onError(error: unknown): void
}

/** The registered devices and the kinds, as the journal has them; a change is seen within two seconds. */
export class SharedRegistry {
  readonly devices = new Map<string, Device>()
  /** Called when the rule set may have changed. */
  onRuleSet: (() => Promise<void>) | undefined
  readonly #options: SharedRegistryOptions
  readonly #versions = new Map<SharedPartition, string>()
  readonly #stopping = new AbortController()
  #polling: Promise<void> = Promise.resolve()
  #kindTexts = ''

  constructor(options: SharedRegistryOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#refresh()
    this.#polling = this.#poll()
  }

  /** Resolve when the journal has a rule set, or the signal aborts. */
  async waitForRules(signal: AbortSignal): Promise<void> {
    const [first] = this.#options.partitions
    while (!signal.aborted && first !== undefined) {
      if ((await loadRuleSetVersion(first.journal)).changedAt > 0) return
      await abortableSleep(rulesPollMs, signal)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#polling
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await abortableSleep(pollMs, signal)
      if (signal.aborted) return
      await this.#refresh().catch(this.#options.onError)
    }
  }

  async #refresh(): Promise<void> {
    for (const [index, partition] of this.#options.partitions.entries()) {
      const version = await partition.journal.factsVersion()
      if (this.#versions.get(partition) === version) continue
      for (const [id, device] of await loadDevices(partition.journal)) this.devices.set(id, device)
      if (index === 0) await this.#refreshKinds(partition)
      this.#versions.set(partition, version)
    }
  }

  async #refreshKinds({ journal }: SharedPartition): Promise<void> {
    await this.onRuleSet?.()
    const { kinds } = await loadRuleSetVersion(journal)
    const texts = JSON.stringify(kinds)
    if (kinds.length === 0 || texts === this.#kindTexts) return
    this.#options.onKinds(parseKinds(kinds).kinds)
    this.#kindTexts = texts
  }
}
