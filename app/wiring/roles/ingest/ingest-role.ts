import {
  type Acceptance,
  type AcceptanceOptions,
  createAcceptance,
} from '../../../../ingest/acceptance/acceptance.ts'
import type { Backpressure } from '../../../../ingest/acceptance/backpressured-appender.ts'
import {
  createExternalBroker,
  type ExternalBrokerOptions,
} from '../../../../ingest/external/external-broker.ts'
import type { Gateway, GatewayInfo } from '../../../../ingest/gateway.ts'
import type { ClaimContext, ClaimedRole, RunningClaim } from '../partition-claims.ts'
import { answerIngestRequest } from './acceptance-calls.ts'
import type { MessageRouter } from './message-router.ts'
import { readInbox } from './read-inbox.ts'

export interface IngestRoleOptions {
  acceptance: Omit<AcceptanceOptions, 'journal' | 'devices'>
  broker: Pick<
    ExternalBrokerOptions,
    'url' | 'protocolVersion' | 'clientId' | 'topics' | 'maxPacketBytes' | 'onError'
  >
  router: MessageRouter
  /** Resolve when the installation has rules; at its first start none are there, and readings would pass without them. */
  waitForRules(signal: AbortSignal): Promise<void>
  /** Work that one process of the installation does: the one that ingests the first partition. */
  lead(context: ClaimContext): Promise<{ stop(): Promise<void> }>
  onError(error: unknown, where: string): void
}

/** A connection that hangs is given up after one and a half times this, and its messages go to another process. */
const keepaliveSeconds = 10

/**
 * Ingests partitions. With each one comes one of the sessions at the broker, among which it divides all messages (a shared
 * subscription): so there are as many sessions as partitions, and what a process that ended had received and not
 * acknowledged goes to the one that takes its session over.
 */
export class IngestRole implements ClaimedRole {
  readonly name = 'ingest'
  readonly #options: IngestRoleOptions
  readonly #acceptances = new Map<number, Acceptance>()
  readonly #gateways = new Map<number, Gateway>()
  /** Partitions whose session is not connected yet for the first time. */
  readonly #starting = new Set<number>()
  #isAssigned = false

  constructor(options: IngestRoleOptions) {
    this.#options = options
  }

  /** Called when it is known which partitions are those of this process. */
  assigned(partitions: readonly number[]): void {
    if (!this.#isAssigned) for (const partition of partitions) this.#starting.add(partition)
    this.#isAssigned = true
    // One that moved to another process before its session was connected.
    for (const partition of this.#starting)
      if (!partitions.includes(partition)) this.#starting.delete(partition)
  }

  /** Whether all sessions of this process are connected. */
  get isReceiving(): boolean {
    if (!this.#isAssigned || this.#starting.size > 0) return false
    return [...this.#gateways.values()].every((gateway) => gateway.info().connected)
  }

  gatewayInfo(): GatewayInfo {
    const [first] = this.#gateways.values()
    const { url } = first?.info() ?? this.#options.broker
    return { url: withoutCredentials(url), connected: this.isReceiving }
  }

  /** Return why acknowledgements are delayed or withheld, if they are. */
  backpressure(): Backpressure | undefined {
    return [...this.#acceptances.values()]
      .map((acceptance) => acceptance.info().backpressure)
      .find((one) => one !== undefined)
  }

  async start(context: ClaimContext): Promise<RunningClaim> {
    const { partition, shared, journal, signal } = context
    const { acceptance: options, router, onError } = this.#options
    const where = `ingest/${partition}`
    const acceptance = createAcceptance({ ...options, journal, devices: new Map() })
    await acceptance.start()
    this.#acceptances.set(partition, acceptance)
    const reading = readInbox({
      shared,
      journal,
      acceptance,
      prefix: options.topics.prefix,
      now: options.now,
      signal,
      onEmpty: () => router.open(partition, acceptance),
      onError: (error) => onError(error, where),
    })
    const serving = shared.calls.serve(
      'ingest',
      (request) => answerIngestRequest(request, { journal, acceptance }),
      { signal, onError: (error) => onError(error, where) },
    )
    // Both are awaited at the end.
    reading.catch(() => undefined)
    const gateway = this.#createGateway(partition)
    const starting = this.#options
      .waitForRules(signal)
      .then(async () => {
        if (signal.aborted) return
        this.#gateways.set(partition, gateway)
        await gateway.start()
        this.#starting.delete(partition)
      })
      .catch((error: unknown) => onError(error, where))
    const leading = partition === 0 ? await this.#options.lead(context) : undefined
    return {
      ended: reading,
      stop: async () => {
        await leading?.stop()
        await starting
        this.#starting.delete(partition)
        await gateway.stop()
        this.#gateways.delete(partition)
        router.close(partition)
        await acceptance.stop()
        this.#acceptances.delete(partition)
        await Promise.allSettled([reading, serving])
      },
    }
  }

  #createGateway(partition: number): Gateway {
    const { broker, router } = this.#options
    return createExternalBroker({
      ...broker,
      clientId: `${broker.clientId}-${partition}`,
      receives: { group: broker.clientId },
      keepaliveSeconds,
      accept: router.accept,
    })
  }
}

function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}
