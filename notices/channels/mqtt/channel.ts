import type { Topics } from '../../../contract/topics.ts'
import type { Gateway } from '../../../ingest/gateway.ts'
import type { Notice } from '../../notice.ts'
import type { Channel } from '../channel.ts'

export interface MqttChannelOptions {
  gateway: Pick<Gateway, 'publish' | 'onSubscribe'>
  topics: Topics
  /** Maximum time for which a broker stores a notice for a phone that is offline. */
  expirySeconds: number
  /** Called when the phone of a user has subscribed to its notices. */
  onSubscriber(user: string): void
}

/** Create the channel that publishes notices on their owner's topic, QoS 1, not retained. */
export function mqttChannel({ gateway, topics, expirySeconds, onSubscriber }: MqttChannelOptions): Channel {
  const [before = '', after = ''] = topics.notices('\0').split('\0')
  const subscriptions = new Map<string, number>()

  gateway.onSubscribe((filter) => {
    if (!filter.startsWith(before) || !filter.endsWith(after)) return
    const user = filter.slice(before.length, filter.length - after.length)
    if (user === '' || /[/+#]/.test(user)) return
    subscriptions.set(user, (subscriptions.get(user) ?? 0) + 1)
    onSubscriber(user)
  })

  async function publish(notice: Notice): Promise<'sent' | 'no_subscribers'> {
    const known = subscriptions.get(notice.user)
    const outcome = await gateway.publish(topics.notices(notice.user), JSON.stringify(notice), expirySeconds)
    // `onSubscriber` was called during this attempt, before the notice was recorded as waiting, so it has to be repeated here.
    const subscribedMeanwhile = subscriptions.get(notice.user) !== known
    return outcome === 'no_subscribers' && subscribedMeanwhile ? publish(notice) : outcome
  }

  return { name: 'mqtt', deliver: async (notice) => ({ outcome: await publish(notice) }) }
}
