import { z } from 'zod'
import { verdictSchema } from '../../contract/replay-history.ts'
import type { TicketCommand } from '../../desk/tickets/command.ts'
import { actorField, idField, timeField } from './fields.ts'

const commandText = z.string().trim().min(1).max(2_000)

const simpleCommand = <D extends string>(did: D) => z.strictObject({ do: z.literal(did) })

const force = z
  .boolean()
  .exactOptional()
  .describe('Execute it although the technician has another visit at that time.')

const resolve = z.strictObject({
  do: z.literal('resolve'),
  verdict: verdictSchema.describe('Verdict on the part.'),
  cause: commandText,
  work: commandText,
  parts: z
    .array(z.strictObject({ part: idField, quantity: z.int().min(1).max(1_000) }))
    .max(100)
    .default([])
    .describe('Installed parts.'),
  nextServiceAt: timeField.exactOptional().describe('Next service date.'),
})

const ticketCommand = z.discriminatedUnion('do', [
  simpleCommand('acknowledge'),
  z.strictObject({ do: z.literal('shelve'), until: timeField }),
  simpleCommand('unshelve'),
  z.strictObject({ do: z.literal('assign'), technician: idField, force }),
  simpleCommand('unassign'),
  simpleCommand('depart'),
  simpleCommand('arrive'),
  resolve,
  simpleCommand('reopen'),
  simpleCommand('close'),
  simpleCommand('cancel'),
  simpleCommand('wait_for_owner'),
  simpleCommand('owner_answered'),
  z.strictObject({ do: z.literal('book_visit'), from: timeField, until: timeField, force }),
  z.strictObject({ do: z.literal('note'), text: commandText }),
]) satisfies z.ZodType<TicketCommand>

export const ticketCommandBody = z.strictObject({
  actor: actorField,
  reason: commandText.exactOptional(),
  command: ticketCommand,
})
