import type { AnyChannel } from '../../notices/channel.ts'
import { emailChannel } from '../../notices/channels/email/channel.ts'
import { fcmChannel } from '../../notices/channels/fcm/channel.ts'
import { readServiceAccount } from '../../notices/channels/fcm/service-account.ts'
import { webhookChannel } from '../../notices/channels/webhook/channel.ts'
import { webPushChannel } from '../../notices/channels/webpush/channel.ts'
import { type GuardedChannel, guarded } from '../../notices/guard/guard.ts'
import { outsideOf } from '../../notices/outside/outside.ts'
import type { Settings } from '../settings/schema.ts'
import { problemsOfChannels } from './channel-problems.ts'

/** Settings of a channel that do not go together. The message tells each problem and how to mend it, one a line. */
class ChannelSettingsError extends Error {
  override readonly name = 'ChannelSettingsError'
}

/**
 * The channels to contacts that the settings ask for, each at its rate.
 * @throws ChannelSettingsError when one of them is set up by half
 */
export function channelsFrom(settings: Settings, now: () => number): GuardedChannel[] {
  const problems = problemsOfChannels(settings)
  if (problems.length > 0) {
    throw new ChannelSettingsError(problems.map(({ detail, mend }) => `${detail}; ${mend}`).join('\n'))
  }
  const { email, webPush, webhook, fcm } = settings
  const paced = (channel: AnyChannel, { maxRate }: { maxRate: number }) =>
    guarded(channel, { now, rate: { perSecond: maxRate, burst: maxRate } })
  const outside = outsideOf({ allowPrivateHosts: webhook.privateHosts === 'allow' })
  const channels = [paced(webhookChannel({ outside, now }), webhook)]
  if (email.smtpUrl !== undefined && email.from !== undefined) {
    channels.push(paced(emailChannel({ smtpUrl: email.smtpUrl, from: email.from }), email))
  }
  const { publicKey, privateKey, subject } = webPush
  if (publicKey !== undefined && privateKey !== undefined && subject !== undefined) {
    const vapid = { publicKey, privateKey, subject }
    channels.push(paced(webPushChannel({ vapid, outside, now }), webPush))
  }
  if (fcm.serviceAccount !== undefined) {
    const account = readServiceAccount(fcm.serviceAccount)
    channels.push(paced(fcmChannel({ account, url: fcm.url, now }), fcm))
  }
  return channels
}
