import { z } from 'zod'
import type { Installation } from '../load/installation.ts'
import type { LoadCounts, LoadFleet } from '../load/load-fleet.ts'
import { askProgram, lookAt, type Seen, type Told } from '../load/vitals.ts'

/** Everything at one moment of an outage. */
export interface Moment {
  /** ms since 1970. */
  at: number
  load: LoadCounts
  /** Absent while the program does not answer. */
  told?: Told
  seen?: Seen
  /** What /readyz names, without what is fine. */
  said: string[]
}

const readiness = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
})
const patienceMs = 5_000

export async function momentOf({ program }: Installation, load: LoadFleet): Promise<Moment> {
  const at = Date.now()
  const counts = load.counts()
  const [told, seen, said] = await Promise.all([
    askProgram(program.httpUrl),
    lookAt(program.pid ?? 0),
    askReadiness(program.httpUrl),
  ])
  return { at, load: counts, said, ...(told && { told }), ...(seen && { seen }) }
}

async function askReadiness(httpUrl: string): Promise<string[]> {
  try {
    const answer = await fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(patienceMs) })
    const { checks } = readiness.parse(await answer.json())
    // Numbers change from one moment to the next; what is wrong does not.
    return checks
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`.replaceAll(/\d[\d,.]*/g, '…'))
  } catch (error) {
    return [`/readyz does not answer (${error instanceof Error ? error.name : String(error)})`]
  }
}

/** Entries that each consumer is behind, at most; nobody knows while the program does not answer. */
export function greatestLag({ told }: Moment): number {
  return told === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ...Object.values(told.lag))
}
