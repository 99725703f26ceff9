import { setTimeout as sleep } from 'node:timers/promises'
import { makeFinding } from '../../desk/testing/findings.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { openDesk } from './open-desk.ts'
import type { DeskParts } from './parts.ts'
import { cpuOfProcessTree } from './process-cpu.ts'

export interface FloodFigures {
  /** Findings a second, from the relay to the records. */
  findingsPerSecond: number
  /** CPU of all processes for each finding, ms. */
  cpuMsPerFinding: number
  /** Time from the start of the relay to the notice of another rule's finding that comes last, ms. */
  otherNoticeMs: number
  tickets: number
  notices: number
}

export interface OrdinaryFigures {
  findingsPerSecond: number
  cpuMsPerFinding: number
  /** Notices a second, from the relay to the phone. */
  noticesPerSecond: number
  /** Time from the relay of a lone finding to the phone, median, ms. */
  loneNoticeMs: number
}

const start = Date.UTC(2026, 2, 1)

/** Relay findings of one rule from as many devices within minutes, and one finding of another rule behind them. */
export async function measureFlood(
  parts: DeskParts,
  { findings: count, devices }: { findings: number; devices: number },
): Promise<FloodFigures> {
  await announce(parts, devices)
  const desk = await openDesk(parts)
  const flood = Array.from({ length: count }, (_, n) =>
    makeFinding({ id: `flood-${n}`, device: `rv-${n}`, at: start + n * 10 }),
  )
  const other = makeFinding({ id: 'other', device: 'rv-other', rule: 'robot_vacuum.other' })
  const cpu = cpuOfProcessTree()
  const startedAt = performance.now()
  await desk.relay([...flood, other])
  await desk.until(() => desk.recordedAt.size === count + 1 && desk.publishedAt.has('u-other'))
  const cpuMs = cpuOfProcessTree() - cpu
  const recordedMs = Math.max(...desk.recordedAt.values()) - startedAt
  const otherNoticeMs = (desk.publishedAt.get('u-other') ?? Number.NaN) - startedAt
  await desk.workers.stop()
  return {
    findingsPerSecond: (count / recordedMs) * 1_000,
    cpuMsPerFinding: cpuMs / count,
    otherNoticeMs,
    tickets: await countRows(parts, 'tickets'),
    notices: await countRows(parts, 'notices'),
  }
}

/** Relay findings of 40 rules, far apart in time: each has a ticket and a notice of its own. Then lone ones. */
export async function measureOrdinary(
  parts: DeskParts,
  { findings: count, devices }: { findings: number; devices: number },
): Promise<OrdinaryFigures> {
  await announce(parts, devices)
  const desk = await openDesk(parts)
  const findings = Array.from({ length: count }, (_, n) =>
    makeFinding({
      id: `f-${n}`,
      device: `rv-${n}`,
      rule: `robot_vacuum.rule_${n % 40}`,
      at: start + n * hourMs,
    }),
  )
  const cpu = cpuOfProcessTree()
  const startedAt = performance.now()
  await desk.relay(findings)
  await desk.until(() => desk.recordedAt.size === count)
  const recordedMs = Math.max(...desk.recordedAt.values()) - startedAt
  await desk.until(() => desk.publishedAt.size === count)
  const cpuMs = cpuOfProcessTree() - cpu
  const publishedMs = Math.max(...desk.publishedAt.values()) - startedAt
  const lone: number[] = []
  for (let n = 0; n < 20; n++) {
    await sleep(50)
    const relayedAt = performance.now()
    const user = `u-${count + n}`
    await desk.relay([
      makeFinding({
        id: `lone-${n}`,
        device: `rv-${count + n}`,
        rule: 'robot_vacuum.lone',
        at: start + n * dayMs,
      }),
    ])
    await desk.until(() => desk.publishedAt.has(user))
    lone.push((desk.publishedAt.get(user) ?? Number.NaN) - relayedAt)
  }
  await desk.workers.stop()
  return {
    findingsPerSecond: (count / recordedMs) * 1_000,
    cpuMsPerFinding: cpuMs / count,
    noticesPerSecond: (count / publishedMs) * 1_000,
    loneNoticeMs: lone.sort((a, b) => a - b)[lone.length >> 1] ?? Number.NaN,
  }
}

/** Register devices, each with an owner. */
async function announce({ records }: DeskParts, count: number): Promise<void> {
  await deleteAllRecords(records)
  const names = [...Array.from({ length: count }, (_, n) => String(n)), 'other']
  const entries = names.map((name, n) => ({
    type: 'device' as const,
    receivedAt: start,
    device: {
      id: `rv-${name}`,
      kind: 'robot_vacuum',
      owner: `u-${name}`,
      model: 'RV-20',
      firmware: `2.${n % 4}.0`,
    },
  }))
  for (let from = 0; from < entries.length; from += 5_000)
    await createRecordsProjection(records.db).handle(entries.slice(from, from + 5_000))
  await records.pool.query('analyze devices')
}

async function countRows({ records }: DeskParts, table: 'tickets' | 'notices'): Promise<number> {
  const { rows } = await records.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
  return rows[0]?.n ?? 0
}
