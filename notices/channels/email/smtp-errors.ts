import { ChannelError, type DeliveryResult } from '../channel.ts'

const greylistRetryMs = 5 * 60_000

/** What nodemailer says of a failure. */
interface SmtpFailure {
  message: string
  code?: string
  /** At which it failed: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  command?: string
  /** The reply code, RFC 5321. */
  responseCode?: number
  response?: string
}

/** Codes of nodemailer where nobody answered, or not in time. */
const unavailableCodes = new Set(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS'])

/**
 * What an SMTP server's refusal means for a notice: of this recipient, of this message, or of us altogether.
 * @throws ChannelError when it is not about recipient or message: nobody answers, or we are not let in
 */
export function classifySmtpError(error: unknown): DeliveryResult {
  const { message, code = '', command = '', responseCode = 0, response = message } = toSmtpFailure(error)
  const isAboutMail = command === 'RCPT TO' || command === 'DATA'
  // 421: the service as a whole is about to go.
  if (isAboutMail && responseCode >= 400 && responseCode < 500 && responseCode !== 421) {
    return { outcome: 'later', afterMs: greylistRetryMs, why: response }
  }
  if (isAboutMail && responseCode >= 500) {
    const gone = command === 'RCPT TO' && isUnknownMailbox(response)
    return { outcome: gone ? 'gone' : 'refused', why: response }
  }
  const isUnavailable = unavailableCodes.has(code) || (responseCode >= 400 && responseCode < 500)
  throw new ChannelError(`e-mail cannot be sent: ${message}`, { isUnavailable, cause: error })
}

/**
 * Enhanced status codes (RFC 3463) tell a mailbox that does not exist (5.1.x) or is closed (5.2.1) from a full one and from
 * one whose server does not like us. Where a server gives none, the refusal of a recipient means that there is none.
 */
function isUnknownMailbox(response: string): boolean {
  const enhanced = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  return enhanced === undefined || /^5\.(1\.\d+|2\.1|0\.0)$/.test(enhanced)
}

function toSmtpFailure(error: unknown): SmtpFailure {
  return error instanceof Error ? error : { message: String(error) }
}
