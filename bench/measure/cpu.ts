import { readProcessStats } from '../../test/load/process-metrics.ts'

/** A server process of a subject has ended. */
class ProcessGoneError extends Error {
  override readonly name = 'ProcessGoneError'
}

export interface ProcessUsage {
  /** CPU time since their start, of all threads, seconds. */
  cpuSeconds: number
  /** Resident memory, bytes. */
  memoryBytes: number
}

/**
 * Return the CPU time and the memory of some processes together, from `/proc`.
 * @throws ProcessGoneError when one has ended: its CPU time is lost
 */
export async function measureProcesses(pids: readonly number[]): Promise<ProcessUsage> {
  const total = { cpuSeconds: 0, memoryBytes: 0 }
  for (const pid of pids) {
    const stats = await readProcessStats(pid)
    if (!stats) throw new ProcessGoneError(`process ${pid} of the server has ended`)
    total.cpuSeconds += stats.cpuSeconds
    total.memoryBytes += stats.anonBytes + stats.fileBytes
  }
  return total
}
