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
  /** Path of the write endpoint instead of `/api/v2/write`. */
  path?: string
}

/** InfluxDB 1 accepts at most 25 MB at once. */
const linesPerRequest = 50_000

/**
 * Send the lines in order, in sequential requests; resolve when InfluxDB has confirmed each of them
 * as written, and send nothing after a failed one.
 */
export async function writeLines(lines: readonly string[], target: WriteTarget): Promise<void> {
  for (let i = 0; i < lines.length; i += linesPerRequest) {
    await writeBatch(lines.slice(i, i + linesPerRequest), target)
  }
}

/**
 * Send one request. The client is designed for background sending: its `flush` does not wait for a full batch, and
 * `close` resolves though a batch is lost. Each request therefore has its own writer, whose batch never fills, that
 * neither retries nor sends by time, and that passes every failure to `flush`. The client does not cancel slow
 * requests, hence the signal.
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
