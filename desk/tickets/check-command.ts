import { type CommandOrder, CommandRefusedError, type TicketCommand } from './command.ts'

/** Refuses what no state of a ticket would make right. @throws CommandRefusedError */
export function checkCommand(order: CommandOrder): void {
  const missing = faultOf(order.command, order)
  if (missing !== undefined)
    throw new CommandRefusedError('not_allowed', `${order.command.do} needs ${missing}`)
}

function faultOf(command: TicketCommand, { reason = '', at }: Pick<CommandOrder, 'reason' | 'at'>) {
  const needsReason = command.do === 'shelve' || command.do === 'cancel' || command.do === 'reopen'
  if (needsReason && isBlank(reason)) return 'a reason'
  if (command.do === 'shelve' && command.until <= at) return 'an end in the future'
  if (command.do === 'note' && isBlank(command.text)) return 'a text'
  if (command.do === 'book_visit') return faultOfVisit(command, at)
  return command.do === 'resolve' ? faultOfReport(command) : undefined
}

function faultOfVisit({ from, until }: { from: number; until: number }, at: number): string | undefined {
  if (from >= until) return 'a beginning before its end'
  return until <= at ? 'an end in the future' : undefined
}

function faultOfReport({
  cause,
  work,
  parts,
}: Extract<TicketCommand, { do: 'resolve' }>): string | undefined {
  if (isBlank(cause) || isBlank(work)) return 'a cause and the work that was done'
  const isCounted = parts.every(({ quantity }) => Number.isInteger(quantity) && quantity > 0)
  return isCounted ? undefined : 'whole numbers of parts, from 1 on'
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
