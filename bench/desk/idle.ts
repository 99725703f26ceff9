import { setTimeout as sleep } from 'node:timers/promises'
import { fillRecords } from './fill-records.ts'
import { openDesk } from './open-desk.ts'
import type { DeskParts } from './parts.ts'
import { cpuOfProcessTree } from './process-cpu.ts'

export interface IdleFigures {
  /** Of one core, all processes, over two sweeps. */
  cpuPercent: number
  /** Duration of a sweep, ms. */
  sweepMs: number
}

const sweepEveryMs = 30_000

/** Measure the desk with many open tickets and nothing to do. */
export async function measureIdle(parts: DeskParts, { tickets }: { tickets: number }): Promise<IdleFigures> {
  await fillRecords(parts, tickets)
  const desk = await openDesk(parts)
  // The first sweeps catch up with what was written without them.
  for (let n = 0; n < 2; n++) await desk.workers.runSweep()
  const sweptAt = performance.now()
  await desk.workers.runSweep()
  const sweepMs = performance.now() - sweptAt
  const [startedAt, cpu] = [performance.now(), cpuOfProcessTree()]
  await sleep(2 * sweepEveryMs + 1_000)
  const cpuPercent = (100 * (cpuOfProcessTree() - cpu)) / (performance.now() - startedAt)
  await desk.workers.stop()
  return { cpuPercent, sweepMs }
}
