import { throttleFromFraction } from '../ingest/acceptance/backpressured-appender.ts'
import { humanizeDuration } from '../lib/humanize-duration.ts'
import type { ChannelStatus } from '../notices/deliver/guard/channel-guard.ts'
import { describeGap } from '../store/journal/history/resume.ts'
import type { ConsumerStatus, SystemStatus } from './status.ts'

/** Fault of one subsystem, as texts for operators. */
export interface SubsystemFault {
  /** `down`: nothing is accepted from devices meanwhile. */
  state: 'degraded' | 'down'
  detail: string
  impact?: string
  remedy: string
  /** Set when the fault causes no backlog in the journal. */
  noBacklog?: true
}

interface CheckedSubsystem {
  name: string
  fault: SubsystemFault | undefined
}

/** Return every subsystem by name, with its fault, if any; the texts state impact and remedy. */
export function detectFaults(status: SystemStatus): CheckedSubsystem[] {
  const { seriesValues, records, queues, consumers, channels } = status
  return [
    { name: 'clock', fault: clockFault(status) },
    { name: 'journal', fault: journalFault(status) },
    { name: 'gateway', fault: gatewayFault(status) },
    {
      name: 'series',
      fault: dependencyFault(seriesValues, {
        impact: 'no new points in charts; the latest values are still available',
        remedy: 'check that the database of the time series runs and answers',
      }),
    },
    {
      name: 'records',
      fault: dependencyFault(records, {
        impact: 'no tickets or notices are created or sent',
        remedy: 'check that the database of the records runs and answers',
      }),
    },
    {
      name: 'queues',
      fault: dependencyFault(queues, {
        impact: 'findings wait for their tickets, and notices wait to be sent',
        remedy: 'check that the Redis of the queues runs and answers',
      }),
    },
    { name: 'sweep', fault: sweepFault(status) },
    ...consumers.map((consumer) => ({ name: `consumer ${consumer.name}`, fault: consumerFault(consumer) })),
    ...channels.map((channel) => ({ name: `channel ${channel.name}`, fault: channelFault(channel) })),
    { name: 'quarantine', fault: quarantineFault(status) },
    { name: 'dead letters', fault: deadLetterFault(countDeadLetters(status)) },
    { name: 'recovery', fault: recoveryFault(status) },
  ]
}

/** Return the number of dead letters of each consumer and queue. */
export function countDeadLetters({ consumers, queues }: Pick<SystemStatus, 'consumers' | 'queues'>) {
  return [
    ...consumers.map(({ name, deadLetters }) => ({ source: name, count: deadLetters })),
    ...(queues.value ?? []).map(({ name, failed }) => ({ source: name, count: failed })),
  ]
}

function deadLetterFault(counts: ReturnType<typeof countDeadLetters>): SubsystemFault | undefined {
  const nonEmpty = counts.filter(({ count }) => count > 0)
  if (nonEmpty.length === 0) return undefined
  const sources = nonEmpty.map(({ source, count }) => `${formatCount(count)} of ${source}`).join(', ')
  return {
    state: 'degraded',
    detail: `could not be handled: ${sources}`,
    impact: 'they are kept, and the rest goes on',
    remedy: '`forewarn dead-letters list` says what and why',
    noBacklog: true,
  }
}

/** Share of its maximum size from which the quarantine is announced to be full. */
const quarantineWarnFraction = 0.8

function quarantineFault({ records, quarantineMaxBytes }: SystemStatus): SubsystemFault | undefined {
  if (records.value === undefined) return undefined
  const { waiting, bytes, dropped, expiring } = records.value.quarantine
  const remedy = '`forewarn quarantine list` says what and why; fix it and run `forewarn quarantine retry`'
  if (bytes > quarantineWarnFraction * quarantineMaxBytes) {
    const share = Math.round((100 * bytes) / quarantineMaxBytes)
    const lost = dropped > 0 ? `; ${formatCount(dropped)} of the oldest were deleted` : ''
    return {
      state: 'degraded',
      detail: `${share} % full with ${formatCount(waiting)} messages${lost}`,
      impact: 'when it is full, the oldest messages are deleted',
      remedy: `${remedy}, or raise quarantine.maxBytes`,
      noBacklog: true,
    }
  }
  if (expiring.count === 0 || expiring.from === null) return undefined
  return {
    state: 'degraded',
    detail: `${formatCount(expiring.count)} messages are nearly as old as quarantine.keep`,
    impact: `they are deleted, the first after ${expiring.from.toISOString()}`,
    remedy: `${remedy}, or raise quarantine.keep`,
    noBacklog: true,
  }
}

function recoveryFault({ gaps }: SystemStatus): SubsystemFault | undefined {
  if (gaps.length === 0) return undefined
  return {
    state: 'degraded',
    detail: gaps.map(describeGap).join('. '),
    impact: 'the results of these entries are missing there; later entries are processed as usual',
    remedy:
      'restore a newer backup of the part that is older (docs/backup.md), or accept the loss: the next start no longer reports it',
    noBacklog: true,
  }
}

const devicesResendImpact = 'devices are not acknowledged, keep their readings and send them again'

function clockFault({ backpressure }: SystemStatus): SubsystemFault | undefined {
  if (backpressure?.by !== 'clock') return undefined
  const remedy = 'set the clock of this machine, and keep it set with NTP; no restart is needed'
  return { state: 'down', detail: backpressure.detail, impact: devicesResendImpact, remedy }
}

function journalFault({
  journal: { value: journal, error },
  backpressure,
  consumers,
}: SystemStatus): SubsystemFault | undefined {
  if (journal === undefined) {
    const remedy = 'check that the Redis of the journal, or the disk of the data folder, works'
    return { state: 'down', detail: error ?? '', impact: devicesResendImpact, remedy }
  }
  if (backpressure?.by === 'journal_failing') {
    const remedy = 'make room on the disk of the data folder, or repair it; no restart is needed'
    return { state: 'down', detail: backpressure.error, impact: devicesResendImpact, remedy }
  }
  const { backlogBytes, maxBytes, bytes, full } = journal
  const slowest = consumers.reduce((a, b) => (b.lag > a.lag ? b : a), { name: 'none', lag: 0 })
  const remedy = `fix what delays its slowest consumer, ${slowest.name}, ${formatCount(slowest.lag)} entries behind; no restart is needed`
  if (full) {
    const detail = `full with ${formatCount(bytes)} of ${formatCount(maxBytes)} bytes`
    return { state: 'down', detail, impact: devicesResendImpact, remedy }
  }
  if (backlogBytes <= throttleFromFraction * maxBytes) return undefined
  const detail = 'nearly full'
  return { state: 'degraded', detail, impact: 'devices are acknowledged more slowly', remedy }
}

function gatewayFault({ gateway: { connected, url } }: SystemStatus): SubsystemFault | undefined {
  if (connected) return undefined
  return {
    state: 'down',
    detail: `not connected to ${url}`,
    impact: 'nothing arrives: the broker keeps it, or the devices do',
    remedy: 'check that the broker runs and accepts our credentials; the connection is retried',
  }
}

function dependencyFault(
  { error }: { error?: string },
  { impact, remedy }: { impact: string; remedy: string },
): SubsystemFault | undefined {
  return error === undefined ? undefined : { state: 'degraded', detail: error, impact, remedy }
}

function channelFault({ openCircuits, lastError = '' }: ChannelStatus): SubsystemFault | undefined {
  if (openCircuits === 0) return undefined
  return {
    state: 'degraded',
    detail: `unavailable${openCircuits === 1 ? '' : ` at ${formatCount(openCircuits)} places`}: ${lastError}`,
    impact: 'its notices wait in the ledger; the other channels are not affected',
    remedy: 'fix what the error names; it is retried once a minute',
    noBacklog: true,
  }
}

/** Number of intervals without a sweep that is a fault: a sweep may take longer than one. */
const maxSweepIntervals = 3

function sweepFault({ sweep: { sinceCompletedMs, everyMs } }: SystemStatus): SubsystemFault | undefined {
  if (sinceCompletedMs <= maxSweepIntervals * everyMs) return undefined
  const interval = humanizeDuration(everyMs)
  return {
    state: 'degraded',
    detail: `none was completed for ${humanizeDuration(sinceCompletedMs)}; one is due every ${interval}`,
    impact: 'escalations, offers, reminders and notices to be sent again are late; none is lost',
    remedy: 'check that records and queues respond, and the log for errors of the job of sweep',
    noBacklog: true,
  }
}

function consumerFault({ lag, lastError }: ConsumerStatus): SubsystemFault | undefined {
  if (lastError === undefined) return undefined
  return {
    state: 'degraded',
    detail: `fails, ${formatCount(lag)} entries behind: ${lastError}`,
    remedy: 'fix what the error names; it is retried',
  }
}

function formatCount(value: number): string {
  return value.toLocaleString('en')
}
