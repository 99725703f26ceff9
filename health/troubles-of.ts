import type { ChannelStatus } from '../notices/guard/guard.ts'
import type { ConsumerStatus, Status } from './status.ts'

/** What is wrong with one part, in words. */
export interface Trouble {
  /** `stopped`: nothing is accepted from devices meanwhile. */
  state: 'impaired' | 'stopped'
  detail: string
  follows?: string
  mend: string
  /** Nothing waits in the journal because of it. */
  nothingWaits?: true
}

interface Part {
  name: string
  trouble: Trouble | undefined
}

/** Acceptance slows down from this share of the journal on. */
const slowFrom = 0.8

/** Every part by its name, and what is wrong with it; the words say what follows and what to do. */
export function troublesOf(status: Status): Part[] {
  const { seriesValues, records, queues, consumers, channels } = status
  return [
    { name: 'journal', trouble: ofJournal(status) },
    { name: 'gateway', trouble: ofGateway(status) },
    {
      name: 'series',
      trouble: ofAnswer(seriesValues, {
        follows: 'charts end where it went away, latest values go on',
        mend: 'see that the database of the time series runs and answers',
      }),
    },
    {
      name: 'records',
      trouble: ofAnswer(records, {
        follows: 'tickets, notices and what is told of them stand still',
        mend: 'see that the database of the records runs and answers',
      }),
    },
    {
      name: 'queues',
      trouble: ofAnswer(queues, {
        follows: 'findings wait for their tickets, and notices to be sent',
        mend: 'see that what carries the queues runs and answers',
      }),
    },
    ...consumers.map((consumer) => ({ name: `consumer ${consumer.name}`, trouble: ofConsumer(consumer) })),
    ...channels.map((channel) => ({ name: `channel ${channel.name}`, trouble: ofChannel(channel) })),
    { name: 'dead letters', trouble: ofDeadLetters(deadLettersIn(status)) },
  ]
}

/** How many dead letters each consumer and queue has. */
export function deadLettersIn({ consumers, queues }: Pick<Status, 'consumers' | 'queues'>) {
  return [
    ...consumers.map(({ name, aside }) => ({ place: name, count: aside })),
    ...(queues.value ?? []).map(({ name, failed }) => ({ place: name, count: failed })),
  ]
}

function ofDeadLetters(counts: ReturnType<typeof deadLettersIn>): Trouble | undefined {
  const some = counts.filter(({ count }) => count > 0)
  if (some.length === 0) return undefined
  const places = some.map(({ place, count }) => `${inFigures(count)} of ${place}`).join(', ')
  return {
    state: 'impaired',
    detail: `could not be handled: ${places}`,
    follows: 'they are kept, and the rest goes on',
    mend: '`forewarn dead-letters list` says what and why',
    nothingWaits: true,
  }
}

const keepReadings = 'devices are not acknowledged, keep their readings and send them again'

function ofJournal({ journal: { value: journal, error }, heldBack, consumers }: Status): Trouble | undefined {
  if (journal === undefined) {
    const mend = 'see that what keeps the journal runs and answers'
    return { state: 'stopped', detail: error ?? '', follows: keepReadings, mend }
  }
  if (heldBack?.by === 'failing journal') {
    const mend = 'make room on the disk of the data folder, or mend it; it goes on by itself'
    return { state: 'stopped', detail: heldBack.error, follows: keepReadings, mend }
  }
  const { backlogBytes, maxBytes, bytes, full } = journal
  const slowest = consumers.reduce((a, b) => (b.lag > a.lag ? b : a), { name: 'none', lag: 0 })
  const mend = `mend what holds up its slowest consumer, ${slowest.name}, ${inFigures(slowest.lag)} entries behind; it goes on by itself`
  if (full) {
    const detail = `full with ${inFigures(bytes)} of ${inFigures(maxBytes)} bytes`
    return { state: 'stopped', detail, follows: keepReadings, mend }
  }
  if (backlogBytes <= slowFrom * maxBytes) return undefined
  const detail = 'nearly full'
  return { state: 'impaired', detail, follows: 'devices are acknowledged more slowly', mend }
}

function ofGateway({ gateway: { connected, url } }: Status): Trouble | undefined {
  if (connected) return undefined
  return {
    state: 'stopped',
    detail: `not connected to ${url}`,
    follows: 'nothing arrives: the broker keeps it, or the devices do',
    mend: 'see that the broker runs and lets us in; the connection is tried again and again',
  }
}

function ofAnswer(
  { error }: { error?: string },
  { follows, mend }: { follows: string; mend: string },
): Trouble | undefined {
  return error === undefined ? undefined : { state: 'impaired', detail: error, follows, mend }
}

function ofChannel({ open, lastError = '' }: ChannelStatus): Trouble | undefined {
  if (open === 0) return undefined
  return {
    state: 'impaired',
    detail: `out of order${open === 1 ? '' : ` at ${inFigures(open)} places`}: ${lastError}`,
    follows: 'its notices wait in the ledger, the other channels go on',
    mend: 'mend what the error names; it is tried again once a minute',
    nothingWaits: true,
  }
}

function ofConsumer({ lag, lastError }: ConsumerStatus): Trouble | undefined {
  if (lastError === undefined) return undefined
  return {
    state: 'impaired',
    detail: `fails, ${inFigures(lag)} entries behind: ${lastError}`,
    mend: 'mend what the error names; it is tried again and again',
  }
}

function inFigures(value: number): string {
  return value.toLocaleString('en')
}
