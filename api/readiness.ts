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
  const [state, answer] = await Promise.all([attempt(status), attempt(() => sql`select 1`.execute(records))])
  const recordsCheck = check('records', answer.error)
  if (state.value === undefined) return [check('status', state.error), recordsCheck]
  const { gateway, consumers } = state.value
  return [
    journalCheck(state.value),
    check('gateway', gateway.connected ? undefined : `not connected to ${gateway.url}`),
    recordsCheck,
    ...consumers.map(({ name, lastError, lag }) =>
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

/** What some work gives, or in words why it gave nothing in time. */
async function attempt<T>(
  work: () => Promise<T>,
): Promise<{ value: T; error?: never } | { value?: never; error: string }> {
  const answered = new AbortController()
  const late = { error: `no answer within ${PATIENCE_MS / 1_000} s` }
  try {
    return await Promise.race([
      work().then((value) => ({ value })),
      setTimeout(PATIENCE_MS, late, { signal: answered.signal }),
    ])
  } catch (error) {
    return { error: `not reachable: ${error instanceof Error ? error.message || error.name : String(error)}` }
  } finally {
    answered.abort()
  }
}
