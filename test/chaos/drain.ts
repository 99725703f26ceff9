import { setTimeout as sleep } from 'node:timers/promises'

const pollIntervalMs = 250

/** The sum of a program's metric over all lines that have these labels, as `state="sent"`. */
export type MetricReader = (name: string, ...labels: string[]) => number

/** @returns undefined while the program does not answer, or says that it is not ready */
export async function readMetrics(httpUrl: string): Promise<MetricReader | undefined> {
  try {
    const signal = AbortSignal.timeout(5_000)
    // Numbers of a part that does not answer are missing, and would count as nothing left.
    if (!(await fetch(`${httpUrl}/readyz`, { signal })).ok) return undefined
    const answer = await fetch(`${httpUrl}/metrics`, { signal })
    if (!answer.ok) return undefined
    const lines = (await answer.text()).split('\n')
    return (name, ...labels) =>
      lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => labels.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  } catch {
    return undefined // It is killed, starting or paused: asked again.
  }
}

export interface DrainOptions {
  httpUrl: string
  /** Readings that have to be in the journal. */
  readings: number
  /** With nothing moving for so long it is given up, ms. */
  stallTimeoutMs: number
  now: () => number
  onPending(words: string): void
}

/** Waits until everything has come to its end. @returns what is left, in words; empty when nothing is */
export async function waitUntilDrained({
  httpUrl,
  readings,
  stallTimeoutMs,
  now,
  onPending,
}: DrainOptions): Promise<string> {
  let [quiet, last, movedAt] = [0, '', now()]
  while (now() - movedAt < stallTimeoutMs) {
    const metrics = await readMetrics(httpUrl)
    const left = metrics === undefined ? 'the program is not ready' : describePendingWork(metrics, readings)
    quiet = left === '' ? quiet + 1 : 0
    if (quiet === 2) return ''
    if (left !== last) {
      movedAt = now()
      onPending(left)
    }
    last = left
    await sleep(pollIntervalMs)
  }
  return last
}

const queues = ['queue="findings"', 'queue="notices"']

function describePendingWork(metric: MetricReader, readings: number): string {
  const jobs = (...states: string[]) =>
    sum(
      states.flatMap((state) =>
        queues.map((queue) => metric('forewarn_queue_jobs', queue, `state="${state}"`)),
      ),
    )
  const counts = {
    'readings to come': readings - metric('forewarn_readings_stored_total'),
    'entries of the journal': metric('forewarn_consumer_lag_entries'),
    jobs: jobs('waiting', 'active', 'delayed'),
    'failed jobs': jobs('failed'),
    'records that do not answer': 1 - metric('forewarn_records_up'),
    // Of findings that came before the announcement of their device: the next sweep writes them.
    'notices to be written': metric('forewarn_notices', 'state="owed"'),
    'notices without a receipt':
      metric('forewarn_notices', 'state="queued"') + metric('forewarn_notices', 'state="sent"'),
  }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
