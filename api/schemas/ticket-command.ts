import { z } from 'zod'
import { verdictSchema } from '../../contract/replay-history.ts'
import type { TicketCommand } from '../../desk/tickets/command.ts'
import { actorField, idField, timeField } from './fields.ts'

const words = z.string().trim().min(1).max(2_000)

const plain = <D extends string>(did: D) => z.strictObject({ do: z.literal(did) })

const resolve = z.strictObject({
  do: z.literal('resolve'),
  verdict: verdictSchema.describe('What he found of the part.'),
  cause: words,
  work: words,
  parts: z
    .array(z.strictObject({ part: idField, quantity: z.int().min(1).max(1_000) }))
    .max(100)
    .default([])
    .describe('What was built in.'),
  nextServiceAt: timeField.exactOptional().describe('When the appliance should be looked after next.'),
})

const ticketCommand = z.discriminatedUnion('do', [
  plain('acknowledge'),
  z.strictObject({ do: z.literal('shelve'), until: timeField }),
  plain('unshelve'),
  z.strictObject({ do: z.literal('assign'), technician: idField }),
  plain('unassign'),
  plain('depart'),
  plain('arrive'),
  resolve,
  plain('reopen'),
  plain('close'),
  plain('cancel'),
  plain('wait_for_owner'),
  plain('owner_answered'),
  z.strictObject({ do: z.literal('book_visit'), from: timeField, until: timeField }),
  z.strictObject({ do: z.literal('note'), text: words }),
]) satisfies z.ZodType<TicketCommand>

export const orderBody = z.strictObject({
  actor: actorField,
  reason: words.exactOptional(),
  command: ticketCommand,
})
