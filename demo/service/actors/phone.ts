import type { Kysely } from 'kysely'
import { Random } from '../../../device-sim/random.ts'
import type { Channel } from '../../../notices/channel.ts'
import type { Records } from '../../../store/records/schema.ts'
import type { Observer } from './observer.ts'

export interface PhonesOptions {
  db: Kysely<Records>
  seed: number
  observer: Observer
  now(): number
  /** A notice came to somebody's phone for the first time. */
  onNotice(arrived: ArrivedNotice): void
}

export interface ArrivedNotice {
  id: string
  user: string
  urgent: boolean
  at: number
}

/** Share of attempts that find a phone without a connection. Our choice. */
const offShare = 0.03

/** The phones of all people as one channel: they confirm what they get, and are off now and then. */
export function phones({ db, seed, observer, now, onNotice }: PhonesOptions): Channel {
  const arrived = new Set<string>()
  return {
    name: 'phones',
    async deliver({ id, user, title, body }) {
      const at = now()
      if (new Random(seed, 'phone off', user, id, at).chance(offShare)) return { outcome: 'nobody_listening' }
      const { urgent } = await db
        .selectFrom('notices')
        .select('urgent')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      observer.see({ notice: id, user, title, body, urgent, at })
      if (!arrived.has(id)) onNotice({ id, user, urgent, at })
      arrived.add(id)
      return { outcome: 'delivered' }
    },
  }
}
