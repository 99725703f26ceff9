import { AnswerRejectedError } from '../../desk/owners/owner-answer.ts'
import { CommandRejectedError } from '../../desk/tickets/command.ts'
import { ApiError } from '../errors.ts'

/** Return the result of a command. @throws ApiError when it was rejected */
export async function mapCommandErrors<T>(command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (error) {
    if (error instanceof CommandRejectedError || error instanceof AnswerRejectedError)
      throw new ApiError(codes[error.code], sentence(error.message))
    throw error
  }
}

const codes = {
  unknown_ticket: 'ticket_not_found',
  unknown_notice: 'notice_not_found',
  not_allowed: 'command_rejected',
  changed_meanwhile: 'changed_meanwhile',
} as const

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
