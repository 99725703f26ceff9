import { createTransport } from 'nodemailer'
import { z } from 'zod'
import { escapeHtml } from '../../../lib/escape-html.ts'
import type { Notice } from '../../notice.ts'
import { type ContactChannel, type DeliveryResult, defineContactChannel } from '../channel.ts'
import { classifySmtpError } from './smtp-errors.ts'

export interface EmailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  smtpUrl: string
  /** `care@example.org` or `Care <care@example.org>`. */
  from: string
}

export const emailAddress = z.strictObject({ to: z.email().max(254) })

const connectTimeoutMs = 10_000
const socketTimeoutMs = 15_000

/** Create the channel that sends notices as plain text and HTML over SMTP. */
export function emailChannel({ smtpUrl, from }: EmailOptions): ContactChannel {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    // A notice has no attachments, so its text must not be able to make nodemailer read files or URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return defineContactChannel({
    name: 'email',
    address: emailAddress,
    async deliver(notice, { to }): Promise<DeliveryResult> {
      try {
        await transport.sendMail(toMail(notice, { from, to }))
        return { outcome: 'accepted' }
      } catch (error) {
        return classifySmtpError(error)
      }
    },
  })
}

function toMail({ id, title, body }: Notice, { from, to }: { from: string; to: string }) {
  return {
    from,
    to: { name: '', address: to },
    subject: title,
    text: body,
    html: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(body).replaceAll('\n', '<br>')}</p>`,
    // The same for every attempt: mail programs show only one of them.
    messageId: `<${id}@${domainOf(from)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

function domainOf(from: string): string {
  return /@([^\s>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
}
