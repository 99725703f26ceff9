import { createTransport } from 'nodemailer'
import { errorMessage } from '../../lib/error-message.ts'
import { redactUrls } from '../settings/redact.ts'
import type { Settings } from '../settings/schema.ts'
import { checkChannelSettings } from '../wiring/channel-problems.ts'
import { type DoctorCheck, fail, ok, warn } from './check.ts'

const TIMEOUT_MS = 5_000
const NAME = 'notice channels'

/** Whether the channels beside MQTT and the inbox are set up as a whole. It asks nobody outside. */
export async function checkChannels(settings: Settings): Promise<DoctorCheck[]> {
  const problems = checkChannelSettings(settings)
  if (problems.length > 0) {
    return problems.map(({ channel, detail, remedy }) => fail(`${NAME} ${channel}`, detail, remedy))
  }
  const { email, webPush, fcm } = settings
  const set = [
    ...(email.smtpUrl ? ['e-mail'] : []),
    ...(webPush.publicKey ? ['web push'] : []),
    ...(fcm.serviceAccount ? ['FCM'] : []),
    'webhooks',
  ]
  return [ok(NAME, `MQTT, inbox, ${set.join(', ')}`)]
}

/** Whether the mail server lets us in. No start waits for that: what is not sent meanwhile waits in the ledger. */
export async function checkMailServer({ email }: Settings): Promise<DoctorCheck[]> {
  const { smtpUrl: url } = email
  if (url === undefined) return []
  const timeouts = {
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  }
  const transport = createTransport({ url, ...timeouts })
  try {
    await transport.verify()
    return [ok('mail server', `${redactUrls(url)} lets us in`)]
  } catch (error) {
    const remedy = 'start the mail server, or correct SMTP_URL: its host, port, user and password'
    return [warn('mail server', `${redactUrls(url)} cannot be used: ${errorMessage(error)}`, remedy)]
  } finally {
    transport.close()
  }
}
