import { z } from 'zod'
import type { Reading } from '../../contract/reading.ts'
import { historySchema } from '../../contract/replay-history.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { columnsOfReadings } from '../../store/series/columns.ts'
import type { SeriesScan } from '../../store/series/series.ts'
import type { ReplayHistory } from './replay-history.ts'

/** A running program did not deliver its history; the message names the program and the cause. */
export class RemoteHistoryError extends ExpectedError {
  override readonly name = 'RemoteHistoryError'
}

/** Most devices that one request of the API can name. */
const maxDevicesPerRequest = 100

/**
 * Open the history of the program that runs at `url` and has the stores open.
 * @throws RemoteHistoryError when it cannot be reached, also from each method
 */
export async function remoteHistory(url: string): Promise<ReplayHistory> {
  const parsed = historySchema.safeParse(await (await get(`${url}/api/history`)).json())
  if (!parsed.success)
    throw new RemoteHistoryError(
      `the answer of ${url} is not that of a Forewarn program: ${z.prettifyError(parsed.error)}`,
    )
  const { extent, devices, replacements, verdicts, liveRules } = parsed.data
  return {
    devices: async () => devices,
    replacements: async () => replacements,
    verdicts: async () => verdicts,
    liveRules: async () => liveRules,
    extent: async () => extent ?? undefined,
    readings: (scan) => readings(url, scan),
    columns: (scan) => columnsOfReadings(readings(url, scan), scan),
    close: async () => undefined,
  }
}

async function* readings(url: string, { from, to, devices }: SeriesScan): AsyncIterable<Reading[]> {
  if (devices?.length === 0) return
  const query = new URLSearchParams({ from: String(from), to: String(to) })
  const wanted = devices && new Set(devices)
  if (devices && devices.length <= maxDevicesPerRequest)
    for (const device of devices) query.append('device', device)
  const { body } = await get(`${url}/api/readings?${query}`)
  if (body === null) return
  try {
    for await (const lines of wholeLines(body)) {
      const batch: Reading[] = JSON.parse(`[${lines.trimEnd().replaceAll('\n', ',')}]`)
      const chosen = wanted ? batch.filter(({ device }) => wanted.has(device)) : batch
      if (chosen.length > 0) yield chosen
    }
  } catch (cause) {
    throw new RemoteHistoryError(`${url} closed the connection before its history was complete`, { cause })
  }
}

/** Yield the text as it arrives, cut after the last complete line. */
async function* wholeLines(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const text = rest + decoder.decode(bytes, { stream: true })
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (end > 0) yield text.slice(0, end)
  }
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new RemoteHistoryError(`${url} cannot be reached`, { cause })
  })
  if (!response.ok)
    throw new RemoteHistoryError(`${url} answers ${response.status}: ${await response.text()}`)
  return response
}
