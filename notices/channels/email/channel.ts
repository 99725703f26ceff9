import { createTransport } from 'nodemailer'
import { z } from 'zod'
import { escaped } from '../../../lib/escaped.ts'
import { type ContactChannel, contactChannel, type Delivery } from '../../channel.ts'
import type { Notice } from '../../notice.ts'
import { judgeSmtp } from './smtp-errors.ts'

export interface EmailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  smtpUrl: string
  /** `care@example.org` or `Care <care@example.org>`. */
  from: string
}

export const emailAddress = z.strictObject({ to: z.email().max(254) })

const connectMs = 10_000
const silenceMs = 15_000

/** Sends a notice as plain text and HTML over SMTP. */
export function emailChannel({ smtpUrl, from }: EmailOptions): ContactChannel {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    // A notice has no attachments: nothing in it is to make us read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return contactChannel({
    name: 'email',
    address: emailAddress,
    async deliver(notice, { to }): Promise<Delivery> {
      try {
        await transport.sendMail(mailOf(notice, { from, to }))
        return { outcome: 'handed_over' }
      } catch (error) {
        return judgeSmtp(error)
      }
    },
  })
}

function mailOf({ id, title, body }: Notice, { from, to }: { from: string; to: string }) {
  return {
    from,
    to: { name: '', address: to },
    subject: title,
    text: body,
    html: `<h1>${escaped(title)}</h1>\n<p>${escaped(body).replaceAll('\n', '<br>')}</p>`,
    // The same however often it is sent: mail programs show one of them.
    messageId: `<${id}@${domainOf(from)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

function domainOf(from: string): string {
  return /@([^\s>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
}
