import { createTransport } from 'nodemailer'
import { errorMessage } from '../../lib/error-message.ts'
import { redactUrls } from '../settings/redact.ts'
import type { Settings } from '../settings/schema.ts'
import { checkChannelSettings } from '../wiring/channel-problems.ts'
import { type DoctorCheck, fail, ok, warn } from './check.ts'

const TIMEOUT_MS = 5_000
const NAME = 'notice channels'

/** Check that the settings of channels other than MQTT and the inbox are complete. Makes no connection. */
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

/** Check that the mail server accepts a login. No start waits for that: unsent notices wait in the records. */
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
    return [ok('mail server', `${redactUrls(url)} accepts the connection`)]
  } catch (error) {
    const remedy = 'start the mail server, or correct SMTP_URL: its host, port, user and password'
    return [warn('mail server', `${redactUrls(url)} cannot be used: ${errorMessage(error)}`, remedy)]
  } finally {
    transport.close()
  }
}
