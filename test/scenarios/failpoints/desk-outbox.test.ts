import { expect, it } from 'vitest'
import { runDeskBaseline, testDeskFailpoints } from '../../failpoints/test-desk-failpoints.ts'

it('resolves all tickets and sends their replaced parts to the journal when nothing disturbs it', async () => {
  const { states, outbox, appended } = JSON.parse(await runDeskBaseline())
  expect(states.map(({ work_state }: { work_state: string }) => work_state)).toEqual(['resolved', 'resolved'])
  expect(outbox.every(({ sent_at }: { sent_at: string | null }) => sent_at !== null)).toBe(true)
  expect(appended).toHaveLength(2)
})

testDeskFailpoints('outbox.before_append', 'outbox.after_append')
