import { ExpectedError } from '../../lib/expected-error.ts'
import type { AnyChannel } from '../../notices/channels/channel.ts'
import { emailChannel } from '../../notices/channels/email/channel.ts'
import { fcmChannel } from '../../notices/channels/fcm/channel.ts'
import { readServiceAccount } from '../../notices/channels/fcm/service-account.ts'
import { webhookChannel } from '../../notices/channels/webhook/channel.ts'
import { webPushChannel } from '../../notices/channels/webpush/channel.ts'
import {
  type ChannelGuardOptions,
  type GuardedChannel,
  withGuard,
} from '../../notices/deliver/guard/channel-guard.ts'
import { createEgressPolicy } from '../../notices/egress/egress-policy.ts'
import type { Settings } from '../settings/schema.ts'
import { checkChannelSettings } from './channel-problems.ts'

/** Settings of a channel that do not go together. The message tells each problem and how to mend it, one a line. */
class ChannelSettingsError extends ExpectedError {
  override readonly name = 'ChannelSettingsError'
}

/**
 * The channels to contacts that the settings ask for, each at its rate.
 * @throws ChannelSettingsError when one of them is set up by half
 */
export function createChannels(
  settings: Settings,
  { now, onCircuitChange }: Pick<ChannelGuardOptions, 'now' | 'onCircuitChange'>,
): GuardedChannel[] {
  const problems = checkChannelSettings(settings)
  if (problems.length > 0) {
    throw new ChannelSettingsError(problems.map(({ detail, remedy }) => `${detail}; ${remedy}`).join('\n'))
  }
  const { email, webPush, webhook, fcm } = settings
  const rateLimited = (channel: AnyChannel, { maxRate }: { maxRate: number }) =>
    withGuard(channel, {
      now,
      rate: { perSecond: maxRate, burst: maxRate },
      ...(onCircuitChange && { onCircuitChange }),
    })
  const outside = createEgressPolicy({ allowPrivateHosts: webhook.privateHosts === 'allow' })
  const channels = [rateLimited(webhookChannel({ egress: outside, now }), webhook)]
  if (email.smtpUrl !== undefined && email.from !== undefined) {
    channels.push(rateLimited(emailChannel({ smtpUrl: email.smtpUrl, from: email.from }), email))
  }
  const { publicKey, privateKey, subject } = webPush
  if (publicKey !== undefined && privateKey !== undefined && subject !== undefined) {
    const vapid = { publicKey, privateKey, subject }
    channels.push(rateLimited(webPushChannel({ vapid, egress: outside, now }), webPush))
  }
  if (fcm.serviceAccount !== undefined) {
    const account = readServiceAccount(fcm.serviceAccount)
    channels.push(rateLimited(fcmChannel({ account, url: fcm.url, now }), fcm))
  }
  return channels
}
