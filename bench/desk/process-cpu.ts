import { readdirSync, readFileSync } from 'node:fs'

/** Linux reports the times of processes in ticks of this length, ms. */
const tickMs = 10

interface ProcessTimes {
  parent: number
  cpuMs: number
}

/**
 * Return the CPU time of this process and all its descendants, those that have ended included, ms. Servers that a benchmark
 * starts are among them. Linux only: reads `/proc`.
 */
export function cpuOfProcessTree(): number {
  const processes = new Map<number, ProcessTimes>()
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? readTimes(name) : undefined
    if (times !== undefined) processes.set(Number(name), times)
  }
  const isOurs = (id: number): boolean => {
    if (id === process.pid) return true
    const parent = processes.get(id)?.parent
    return parent !== undefined && parent !== 0 && isOurs(parent)
  }
  return [...processes].reduce((sum, [id, { cpuMs }]) => sum + (isOurs(id) ? cpuMs : 0), 0)
}

function readTimes(id: string): ProcessTimes | undefined {
  const stat = readStat(id)
  // The name of the program, in parentheses, may contain spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  const [parent = 0, ...times] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]))
  return { parent, cpuMs: tickMs * times.reduce((sum, ticks) => sum + ticks, 0) }
}

/** Return undefined when the process has just ended. */
function readStat(id: string): string | undefined {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8')
  } catch {
    return undefined
  }
}
