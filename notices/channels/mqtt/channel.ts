import type { Topics } from '../../../contract/topics.ts'
import { filterMatches } from '../../../ingest/embedded/topic-filter.ts'
import type { Gateway } from '../../../ingest/gateway.ts'
import type { Notice } from '../../notice.ts'
import type { Channel } from '../channel.ts'

export interface MqttChannelOptions {
  gateway: Pick<Gateway, 'publish' | 'onSubscribe'>
  topics: Topics
  /** Maximum time for which a broker stores a notice for a phone that is offline. */
  expirySeconds: number
  /** Called when the phone of a user has subscribed to its notices; without a user where it subscribes to those of all. */
  onSubscriber(user: string | undefined): void
}

/** Create the channel that publishes notices on their owner's topic, QoS 1, not retained. */
export function mqttChannel({ gateway, topics, expirySeconds, onSubscriber }: MqttChannelOptions): Channel {
  const subscriptions = new Map<string | undefined, number>()
  const subscriptionsTo = (user: string) =>
    (subscriptions.get(user) ?? 0) + (subscriptions.get(undefined) ?? 0)

  gateway.onSubscribe((filter) => {
    const subscribed = subscribedUsers(filter, topics)
    if (subscribed === undefined) return
    subscriptions.set(subscribed.user, (subscriptions.get(subscribed.user) ?? 0) + 1)
    onSubscriber(subscribed.user)
  })

  async function publish(notice: Notice): Promise<'sent' | 'no_subscribers'> {
    const known = subscriptionsTo(notice.user)
    const outcome = await gateway.publish(topics.notices(notice.user), JSON.stringify(notice), expirySeconds)
    // `onSubscriber` was called during this attempt, before the notice was recorded as waiting, so it has to be repeated here.
    const subscribedMeanwhile = subscriptionsTo(notice.user) !== known
    return outcome === 'no_subscribers' && subscribedMeanwhile ? publish(notice) : outcome
  }

  return { name: 'mqtt', deliver: async (notice) => ({ outcome: await publish(notice) }) }
}

/** Return the user to whose notices a filter subscribes, or `user: undefined` for all; undefined where to none. */
function subscribedUsers(filter: string, topics: Topics): { user: string | undefined } | undefined {
  const shape = topics.notices('\0').split('/')
  const at = shape.indexOf('\0')
  const anyUser = shape.map((level, index) => (index === at ? undefined : level))
  if (!filterMatches(filter, anyUser)) return undefined
  const levels = filter.split('/')
  const user = levels[at]
  const isAny = user === undefined || user === '+' || user === '#' || levels.slice(0, at).includes('#')
  if (isAny) return { user: undefined }
  return user === '' ? undefined : { user }
}
