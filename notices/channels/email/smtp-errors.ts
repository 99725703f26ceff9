import { ChannelError, type DeliveryResult } from '../channel.ts'

const greylistRetryMs = 5 * 60_000

/** Fields of nodemailer's errors. */
interface SmtpFailure {
  message: string
  code?: string
  /** Command that failed: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  command?: string
  /** Reply code (RFC 5321). */
  responseCode?: number
  response?: string
}

/** nodemailer's codes for a server that cannot be reached or does not respond in time. */
const unavailableCodes = new Set(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS'])

/**
 * Classify an error of an SMTP server: it rejects this recipient, this message, or the sender altogether.
 * @throws ChannelError when the server cannot be reached or rejects the sender
 */
export function classifySmtpError(error: unknown): DeliveryResult {
  const { message, code = '', command = '', responseCode = 0, response = message } = toSmtpFailure(error)
  const isAboutMail = command === 'RCPT TO' || command === 'DATA'
  // 421: the whole service is shutting down.
  if (isAboutMail && responseCode >= 400 && responseCode < 500 && responseCode !== 421) {
    return { outcome: 'deferred', retryAfterMs: greylistRetryMs, reason: response }
  }
  if (isAboutMail && responseCode >= 500) {
    const gone = command === 'RCPT TO' && isUnknownMailbox(response)
    return { outcome: gone ? 'gone' : 'rejected', reason: response }
  }
  const isUnavailable = unavailableCodes.has(code) || (responseCode >= 400 && responseCode < 500)
  throw new ChannelError(`e-mail cannot be sent: ${message}`, { isUnavailable, cause: error })
}

/**
 * Tell whether a mailbox does not exist (5.1.x) or is closed (5.2.1), by enhanced status code (RFC 3463). Other codes mean
 * a full mailbox or a policy of the server. Without enhanced code, a rejected recipient is taken to be unknown.
 */
function isUnknownMailbox(response: string): boolean {
  const enhanced = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  return enhanced === undefined || /^5\.(1\.\d+|2\.1|0\.0)$/.test(enhanced)
}

function toSmtpFailure(error: unknown): SmtpFailure {
  return error instanceof Error ? error : { message: String(error) }
}
