import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import type { ApiParts } from './parts.ts'
import type { Status } from './status.ts'

const PATIENCE_MS = 2_000

export interface Check {
  name: string
  ok: boolean
  /** In words: what is wrong, or that nothing is. */
  detail: string
}

/** Whether the program can do its work, part by part. */
export async function checkReadiness({
  status,
  records,
}: Pick<ApiParts, 'status' | 'records'>): Promise<Check[]> {
  const [state, recordsError] = await Promise.all([status(), errorOf(() => sql`select 1`.execute(records))])
  return [
    journalCheck(state),
    check('gateway', state.gateway.connected ? undefined : `not connected to ${state.gateway.url}`),
    check('records', recordsError),
    ...state.consumers.map(({ name, lastError, lag }) =>
      check(
        `consumer ${name}`,
        lastError === undefined ? undefined : `fails, ${lag} entries behind: ${lastError}`,
      ),
    ),
  ]
}

function journalCheck({ journal }: Status): Check {
  if (!journal) return check('journal', 'not open')
  const full = `full with ${journal.bytes} of ${journal.maxBytes} bytes: nothing is accepted until consumers catch up`
  return check('journal', journal.full ? full : undefined)
}

function check(name: string, wrong: string | undefined): Check {
  return { name, ok: wrong === undefined, detail: wrong ?? 'fine' }
}

/** In words why an attempt failed; undefined when it did not. */
async function errorOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  const answered = new AbortController()
  const tooLate = setTimeout(PATIENCE_MS, `no answer within ${PATIENCE_MS / 1_000} s`, {
    signal: answered.signal,
  })
  try {
    return await Promise.race([attempt().then(() => undefined), tooLate])
  } catch (error) {
    return `not reachable: ${error instanceof Error ? error.message || error.name : String(error)}`
  } finally {
    answered.abort()
  }
}
