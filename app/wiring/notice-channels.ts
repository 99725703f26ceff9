import { errorMessage } from '../../lib/error-message.ts'
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
import type { ChannelFactory } from '../plugins/plugin.ts'
import type { Settings } from '../settings/schema.ts'
import { checkChannelSettings } from './channel-problems.ts'

/** Channels cannot be created as they are set up. The message has each problem with its fix, one per line. */
class ChannelSettingsError extends ExpectedError {
  override readonly name = 'ChannelSettingsError'
}

/**
 * Create the channels that the settings and plugins ask for, each with its rate limit.
 * @throws ChannelSettingsError when one of them is not set up completely
 */
export function createChannels(
  settings: Settings,
  {
    now,
    monotonicNow,
    onCircuitChange,
  }: Pick<ChannelGuardOptions, 'now' | 'monotonicNow' | 'onCircuitChange'>,
  plugins: readonly ChannelFactory[] = [],
): GuardedChannel[] {
  const problems = checkChannelSettings(settings)
  if (problems.length > 0) {
    throw new ChannelSettingsError(problems.map(({ detail, remedy }) => `${detail}; ${remedy}`).join('\n'))
  }
  const { email, webPush, webhook, fcm } = settings
  const rateLimited = (channel: AnyChannel, { maxRate }: { maxRate: number }) =>
    withGuard(channel, {
      now,
      ...(monotonicNow && { monotonicNow }),
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
  for (const factory of plugins) {
    channels.push(rateLimited(createPluginChannel(factory, now), { maxRate: factory.maxRate ?? 10 }))
  }
  return channels
}

function createPluginChannel({ name, create }: ChannelFactory, now: () => number): AnyChannel {
  try {
    const channel = create({ now })
    if (channel.name === name) return channel
    throw new TypeError(`its name is "${channel.name}"; give both the same name`)
  } catch (error) {
    const message = `the channel "${name}" of a plugin cannot be created: ${errorMessage(error)}`
    throw new ChannelSettingsError(message, { cause: error })
  }
}
