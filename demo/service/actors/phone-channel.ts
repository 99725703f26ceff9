import type { Kysely } from 'kysely'
import { Random } from '../../../device-sim/random.ts'
import type { Channel } from '../../../notices/channels/channel.ts'
import type { Records } from '../../../store/records/schema.ts'
import type { NoticeAuditor } from './notice-auditor.ts'

export interface PhoneChannelOptions {
  db: Kysely<Records>
  seed: number
  observer: NoticeAuditor
  now(): number
  /** Called when a notice arrives on a phone for the first time. */
  onNotice(arrived: DeliveredNotice): void
}

export interface DeliveredNotice {
  id: string
  user: string
  urgent: boolean
  at: number
}

/** Share of attempts that find a phone offline. Our choice. */
const offlineShare = 0.03

/** Create a channel to the phones of all people: they confirm what they receive, and are sometimes offline. */
export function createPhoneChannel({ db, seed, observer, now, onNotice }: PhoneChannelOptions): Channel {
  const arrived = new Set<string>()
  return {
    name: 'phones',
    async deliver({ id, user, title, body }) {
      const at = now()
      if (new Random(seed, 'phone off', user, id, at).chance(offlineShare))
        return { outcome: 'no_subscribers' }
      const { urgent } = await db
        .selectFrom('notices')
        .select('urgent')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      observer.record({ notice: id, user, title, body, urgent, at })
      if (!arrived.has(id)) onNotice({ id, user, urgent, at })
      arrived.add(id)
      return { outcome: 'delivered' }
    },
  }
}
