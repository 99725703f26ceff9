import type { Agent } from 'node:http'
import { HttpError, InfluxDB } from '@influxdata/influxdb-client'
import { errorFromNetworkFailure, errorFromResponse } from './errors.ts'

export interface WriteTarget {
  url: string
  org: string
  bucket: string
  headers: Record<string, string>
  agent: Agent
  timeoutMs: number
  /** Where lines go instead of `/api/v2/write`. */
  path?: string
}

/** InfluxDB 1 takes at most 25 MB at once. */
const linesPerRequest = 50_000

/**
 * Sends the lines in order, in requests that follow each other; resolves when InfluxDB has said of each that it is
 * written, and sends nothing after one that it did not.
 */
export async function writeLines(lines: readonly string[], target: WriteTarget): Promise<void> {
  for (let i = 0; i < lines.length; i += linesPerRequest) {
    await writeBatch(lines.slice(i, i + linesPerRequest), target)
  }
}

/**
 * The client is made for sending in the background: its `flush` does not wait for a batch that was full, and `close`
 * resolves though a batch is lost. So each request has a writer of its own whose batch never fills, that neither
 * retries nor sends by time, and that hands every failure to `flush`. It cancels nothing that takes too long, hence the
 * signal.
 */
async function writeBatch(lines: string[], target: WriteTarget): Promise<void> {
  const { url, org, bucket, headers, agent, timeoutMs, path } = target
  const signal = AbortSignal.timeout(timeoutMs)
  const client = new InfluxDB({ url, headers, timeout: timeoutMs, transportOptions: { agent, signal } })
  const writer = client.getWriteApi(org, bucket, 'ms', {
    batchSize: lines.length + 1,
    maxBatchBytes: Number.POSITIVE_INFINITY,
    flushInterval: 0,
    maxRetries: 0,
    writeFailed: (error) => Promise.reject(error),
  })
  if (path !== undefined) writer.path = path
  writer.writeRecords(lines)
  try {
    await writer.flush()
  } catch (error) {
    if (error instanceof HttpError)
      throw errorFromResponse(url, error.statusCode, error.body ?? error.message)
    throw errorFromNetworkFailure(url, error, signal.aborted ? { timedOutMs: timeoutMs } : {})
  }
}
