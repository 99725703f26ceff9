import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** One number of a program's `/metrics`. */
interface Metric {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

/** What a program says of itself at one moment. */
export interface ProgramMetrics {
  heapUsedBytes: number
  /** With what is free in it. */
  heapTotalBytes: number
  externalBytes: number
  eventLoopP99Ms: number
  /** Readings received since the journal was made. */
  received: number
  stored: number
  quarantined: number
  /** Consumer → entries still to do. */
  lag: Record<string, number>
  /** Jobs to be done now or later, and dead letters. */
  jobs: { open: number; failed: number }
  journalBytes: number
  /** Stream → entries that the journal retains. */
  journalEntries: Record<string, number>
}

/** What the operating system says of it. */
export interface ProcessStats {
  /** Memory of its own. */
  anonBytes: number
  /** Mapped files that are in memory, the journal and the program itself: the system takes them back when it must. */
  fileBytes: number
  handles: number
  threads: number
  /** CPU that it has used since it started, of all threads, seconds. */
  cpuSeconds: number
}

const requestTimeoutMs = 5_000

/** @returns undefined when it does not answer in time */
export async function fetchProgramMetrics(httpUrl: string): Promise<ProgramMetrics | undefined> {
  try {
    const response = await fetch(`${httpUrl}/metrics`, { signal: AbortSignal.timeout(requestTimeoutMs) })
    return response.ok ? toProgramMetrics(parseMetrics(await response.text())) : undefined
  } catch {
    // Killed, paused or cut off: not to answer is what it is asked for.
    return undefined
  }
}

/** @returns undefined when there is no such process */
export async function readProcessStats(pid: number): Promise<ProcessStats | undefined> {
  try {
    const [status, timesText, handles] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
    ])
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    return {
      anonBytes: field('RssAnon') * 1_024,
      fileBytes: (field('RssFile') + field('RssShmem')) * 1_024,
      handles: handles.length,
      threads: field('Threads'),
      cpuSeconds: parseCpuSeconds(timesText),
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Clock ticks a second, by which Linux shows times: the same on all of its platforms. */
const ticksPerSecond = 100

/** @param text of `/proc/<pid>/stat`; the name in it may have spaces, and ends with the last bracket */
function parseCpuSeconds(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Bytes of all files in a folder, or of one file. What vanishes meanwhile, or was never there, counts as nothing. */
export async function diskUsageBytes(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return found.size
    const names = await readdir(path)
    const sizes = await Promise.all(names.map((name) => diskUsageBytes(join(path, name))))
    return sizes.reduce((total, size) => total + size, 0)
  } catch (error) {
    if (isNotFound(error)) return 0
    throw error
  }
}

/** Prometheus' text format, as far as a program without exemplars writes it. */
function parseMetrics(text: string): Metric[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, each]) => [key, each])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

function toProgramMetrics(metrics: readonly Metric[]): ProgramMetrics {
  const all = (name: string) => metrics.filter((metric) => metric.name === name)
  const sum = (name: string) => all(name).reduce((total, { value }) => total + value, 0)
  const lag: Record<string, number> = {}
  for (const { labels, value } of all('forewarn_consumer_lag_entries')) {
    const { consumer = '' } = labels
    lag[consumer] = (lag[consumer] ?? 0) + value
  }
  const streams = all('forewarn_journal_entries')
  const journalEntries = Object.fromEntries(streams.map(({ labels, value }) => [labels.stream ?? '', value]))
  const jobs = { open: 0, failed: 0 }
  for (const { labels, value } of all('forewarn_queue_jobs')) {
    // The sweep is planned for ever.
    if (labels.state === 'failed') jobs.failed += value
    else if (labels.queue !== 'sweep') jobs.open += value
  }
  return {
    heapUsedBytes: sum('nodejs_heap_size_used_bytes'),
    heapTotalBytes: sum('nodejs_heap_size_total_bytes'),
    externalBytes: sum('nodejs_external_memory_bytes'),
    eventLoopP99Ms: sum('nodejs_eventloop_lag_p99_seconds') * 1_000,
    received: sum('forewarn_readings_received_total'),
    stored: sum('forewarn_readings_stored_total'),
    quarantined: sum('forewarn_readings_quarantined_total'),
    lag,
    jobs,
    journalBytes: sum('forewarn_journal_bytes'),
    journalEntries,
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))
}
