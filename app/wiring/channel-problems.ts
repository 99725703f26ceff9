import { createECDH } from 'node:crypto'
import { readServiceAccount, ServiceAccountError } from '../../notices/channels/fcm/service-account.ts'
import type { Settings } from '../settings/schema.ts'

export interface ChannelProblem {
  channel: 'email' | 'webpush' | 'fcm'
  detail: string
  remedy: string
}

/** Return the problems of the settings of notice channels that concern more than one value. Makes no connection. */
export function checkChannelSettings(settings: Settings): ChannelProblem[] {
  return [...emailProblems(settings), ...webPushProblems(settings), ...fcmProblems(settings)]
}

function emailProblems({ email }: Settings): ChannelProblem[] {
  const problem = (detail: string, remedy: string): ChannelProblem[] => [{ channel: 'email', detail, remedy }]
  if (email.smtpUrl !== undefined && email.from === undefined) {
    return problem('SMTP_URL is set, but no sender address', 'set FOREWARN_EMAIL_FROM, or leave SMTP_URL out')
  }
  if (email.smtpUrl === undefined && email.from !== undefined) {
    return problem(
      'FOREWARN_EMAIL_FROM is set, and no mail server',
      'set SMTP_URL, or leave FOREWARN_EMAIL_FROM out',
    )
  }
  return []
}

function webPushProblems({ webPush }: Settings): ChannelProblem[] {
  const { publicKey, privateKey, subject } = webPush
  const problem = (detail: string, remedy: string): ChannelProblem[] => [
    { channel: 'webpush', detail, remedy },
  ]
  const variables = {
    FOREWARN_VAPID_PUBLIC_KEY: publicKey,
    FOREWARN_VAPID_PRIVATE_KEY: privateKey,
    FOREWARN_VAPID_SUBJECT: subject,
  }
  const missing = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [name] : []))
  if (missing.length === 3) return []
  if (publicKey === undefined || privateKey === undefined || missing.length > 0) {
    const names = missing.join(' and ')
    return problem(`web push is set up by half: ${names} not set`, `set ${names}, or leave all three out`)
  }
  if (derivePublicKey(privateKey) === publicKey) return []
  return problem(
    'FOREWARN_VAPID_PRIVATE_KEY does not belong to FOREWARN_VAPID_PUBLIC_KEY',
    'set two that were made together: npx web-push generate-vapid-keys',
  )
}

/** Return the public key; undefined when the key is invalid on this curve. */
function derivePublicKey(privateKey: string): string | undefined {
  const curve = createECDH('prime256v1')
  try {
    curve.setPrivateKey(privateKey, 'base64url')
  } catch {
    return undefined
  }
  return curve.getPublicKey('base64url')
}

function fcmProblems({ fcm }: Settings): ChannelProblem[] {
  if (fcm.serviceAccount === undefined) return []
  try {
    readServiceAccount(fcm.serviceAccount)
    return []
  } catch (error) {
    if (!(error instanceof ServiceAccountError)) throw error
    const remedy = "make a new key in Google's console and set FOREWARN_FCM_SERVICE_ACCOUNT to its file"
    return [{ channel: 'fcm', detail: error.message, remedy }]
  }
}
