import { createTransport } from 'nodemailer'
import { messageOf } from '../../lib/errors.ts'
import { problemsOfChannels } from '../parts/channel-problems.ts'
import { redact } from '../settings/redact.ts'
import type { Settings } from '../settings/schema.ts'
import { type Check, fail, ok, warn } from './check.ts'

const PATIENCE_MS = 5_000
const NAME = 'notice channels'

/** Whether the channels beside MQTT and the inbox are set up as a whole. It asks nobody outside. */
export async function checkChannels(settings: Settings): Promise<Check[]> {
  const problems = problemsOfChannels(settings)
  if (problems.length > 0) {
    return problems.map(({ channel, detail, mend }) => fail(`${NAME} ${channel}`, detail, mend))
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
export async function checkMailServer({ email }: Settings): Promise<Check[]> {
  const { smtpUrl: url } = email
  if (url === undefined) return []
  const patience = {
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  }
  const transport = createTransport({ url, ...patience })
  try {
    await transport.verify()
    return [ok('mail server', `${redact(url)} lets us in`)]
  } catch (error) {
    const mend = 'start the mail server, or correct SMTP_URL: its host, port, user and password'
    return [warn('mail server', `${redact(url)} cannot be used: ${messageOf(error)}`, mend)]
  } finally {
    transport.close()
  }
}
