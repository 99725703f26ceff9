import type { Topics } from '../../../contract/topics.ts'
import type { Gateway } from '../../../ingest/gateway.ts'
import type { Notice } from '../../notice.ts'
import type { Channel } from '../channel.ts'

export interface MqttChannelOptions {
  gateway: Pick<Gateway, 'publish' | 'onSubscribe'>
  topics: Topics
  /** How long a broker may keep a notice for a phone that is away. */
  expirySeconds: number
  /** Called when the phone of a user has subscribed to its notices. */
  onSubscriber(user: string): void
}

/** Publishes a notice, QoS 1 and not retained, on its owner's topic. */
export function mqttChannel({
  gateway,
  topics,
  expirySeconds,
  onSubscriber: onListening,
}: MqttChannelOptions): Channel {
  const [before = '', after = ''] = topics.notices('\0').split('\0')
  const subscriptions = new Map<string, number>()

  gateway.onSubscribe((filter) => {
    if (!filter.startsWith(before) || !filter.endsWith(after)) return
    const user = filter.slice(before.length, filter.length - after.length)
    if (user === '' || /[/+#]/.test(user)) return
    subscriptions.set(user, (subscriptions.get(user) ?? 0) + 1)
    onListening(user)
  })

  async function publish(notice: Notice): Promise<'sent' | 'nobody_listening'> {
    const known = subscriptions.get(notice.user)
    const outcome = await gateway.publish(topics.notices(notice.user), JSON.stringify(notice), expirySeconds)
    // Who subscribed meanwhile was told before this notice could be known to wait.
    const subscribedMeanwhile = subscriptions.get(notice.user) !== known
    return outcome === 'nobody_listening' && subscribedMeanwhile ? publish(notice) : outcome
  }

  return { name: 'mqtt', deliver: async (notice) => ({ outcome: await publish(notice) }) }
}
