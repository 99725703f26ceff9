import { z } from 'zod'
import { setting } from './setting.ts'
import { path, positiveInteger, positiveIntegerAllowed, url, urlWithoutPassword } from './value-types.ts'

/** `care@example.org`, or a name and that in angle brackets; on one line, because it becomes a header. */
const mailbox = /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/
const vapidSubject = /^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/
const base64url = (bytes: number) =>
  z.string().refine((text) => /^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length === bytes)

export const email = z.strictObject({
  smtpUrl: setting(url('smtp', 'smtps').optional(), {
    env: 'SMTP_URL',
    allowed: 'a URL such as smtp://user:password@host:587 or smtps://user:password@host:465',
    description: 'Mail server for notices. Without it none are sent by e-mail.',
    secret: true,
  }),
  from: setting(z.string().regex(mailbox).optional(), {
    env: 'FOREWARN_EMAIL_FROM',
    allowed: 'an address such as care@example.org or Care <care@example.org>',
    description: 'Sender address of e-mail notices. Required with SMTP_URL.',
  }),
  maxRate: setting(positiveInteger.prefault(10), {
    env: 'FOREWARN_EMAIL_MAX_RATE',
    allowed: positiveIntegerAllowed,
    description: 'Notices a second that one process sends by e-mail; further ones wait.',
  }),
})

export const webPush = z.strictObject({
  publicKey: setting(base64url(65).optional(), {
    env: 'FOREWARN_VAPID_PUBLIC_KEY',
    allowed: '87 characters of base64url, as npx web-push generate-vapid-keys gives',
    description: 'Public VAPID key, by which browsers subscribe. Without it nothing is sent by web push.',
  }),
  privateKey: setting(base64url(32).optional(), {
    env: 'FOREWARN_VAPID_PRIVATE_KEY',
    allowed: '43 characters of base64url, the other half of the public key',
    description: 'Private VAPID key. Needed where the public one is set.',
    secret: true,
  }),
  subject: setting(z.string().regex(vapidSubject).optional(), {
    env: 'FOREWARN_VAPID_SUBJECT',
    allowed: 'an address such as mailto:care@example.org or https://example.org',
    description: 'Contact address for push services. Required with the public key.',
  }),
  maxRate: setting(positiveInteger.prefault(50), {
    env: 'FOREWARN_WEB_PUSH_MAX_RATE',
    allowed: positiveIntegerAllowed,
    description: 'Notices a second that one process sends by web push; further ones wait.',
  }),
})

export const webhook = z.strictObject({
  privateHosts: setting(z.enum(['refuse', 'allow']).prefault('refuse'), {
    env: 'FOREWARN_WEBHOOK_PRIVATE_HOSTS',
    allowed: 'refuse or allow',
    description:
      'Whether webhooks and web push may lead to private and loopback addresses, and use http: only where only trusted people can set an address.',
  }),
  maxRate: setting(positiveInteger.prefault(50), {
    env: 'FOREWARN_WEBHOOK_MAX_RATE',
    allowed: positiveIntegerAllowed,
    description: 'Notices a second that one process sends to webhooks; further ones wait.',
  }),
})

export const fcm = z.strictObject({
  serviceAccount: setting(path.optional(), {
    env: 'FOREWARN_FCM_SERVICE_ACCOUNT',
    allowed: "a path of the JSON file with a service account's key, as Google's console gives it",
    description: 'Service account key for Firebase Cloud Messaging. Without it nothing is sent by FCM.',
  }),
  url: setting(urlWithoutPassword.prefault('https://fcm.googleapis.com'), {
    env: 'FOREWARN_FCM_URL',
    allowed: 'a URL such as https://fcm.googleapis.com',
    description: 'Firebase Cloud Messaging.',
  }),
  maxRate: setting(positiveInteger.prefault(100), {
    env: 'FOREWARN_FCM_MAX_RATE',
    allowed: positiveIntegerAllowed,
    description: 'Notices a second that one process sends by FCM; further ones wait.',
  }),
})
