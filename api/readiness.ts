import { sql } from 'kysely'
import { attempt } from '../lib/attempt.ts'
import type { ApiParts } from './parts.ts'
import type { Status } from './status.ts'

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
  const { gateway, consumers, queues } = state.value
  return [
    journalCheck(state.value),
    check('gateway', gateway.connected ? undefined : `not connected to ${gateway.url}`),
    recordsCheck,
    check('queues', queues.error),
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
