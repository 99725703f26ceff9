import { readFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'

/** CPU time of the whole machine since its start, in clock ticks. */
interface MachineTicks {
  busy: number
  all: number
}

/** CPU seconds that a machine spent in a time, and how much of it was not ours. */
export interface MachineLoad {
  /** Share of all cores in use, 0 … 1. */
  busy: number
  /** Share of all cores in use by other processes than the measured ones, 0 … 1. */
  others: number
}

const ticksPerSecond = 100

/** Describe the machine in one line. */
export function describeMachine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ${process.versions.node}`
}

/** Measures how busy the machine is from now on. */
export class MachineMeter {
  readonly #start: MachineTicks

  private constructor(start: MachineTicks) {
    this.#start = start
  }

  static async start(): Promise<MachineMeter> {
    return new MachineMeter(await readTicks())
  }

  /** @param ownCpuSeconds CPU time of the measured processes and their load since the start */
  async stop(ownCpuSeconds: number): Promise<MachineLoad> {
    const now = await readTicks()
    const all = now.all - this.#start.all
    const busy = now.busy - this.#start.busy
    const own = ownCpuSeconds * ticksPerSecond
    return { busy: busy / all, others: Math.max(0, busy - own) / all }
  }
}

/** Read the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. */
async function readTicks(): Promise<MachineTicks> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const all = ticks.reduce((sum, value) => sum + value, 0)
  const [, , , idle = 0, waiting = 0] = ticks
  return { busy: all - idle - waiting, all }
}
