import { choose } from '../../device-sim/people/choosing.ts'
import type { OwnerPerson } from '../../device-sim/people/owner.ts'
import { readingTime } from '../../device-sim/people/reading.ts'
import type { ArrivedNotice } from './phone.ts'
import { experienceOf, ticketOf, type World } from './world.ts'

/** An owner's phone has rung: he reads when he does, and answers or not. */
export function considerNotice(world: World, arrived: ArrivedNotice): void {
  const owner = world.owners.get(arrived.user)
  if (owner === undefined) return
  const at = readingTime(owner, arrived)
  if (at === undefined) return
  world.agenda.add({ at, act: (now) => read(world, { owner, notice: arrived.id, putOff: 0 }, now) })
}

interface Reading {
  owner: OwnerPerson
  notice: string
  putOff: number
}

async function read(world: World, reading: Reading, now: number): Promise<void> {
  const { owner, notice, putOff } = reading
  const row = await world.db
    .selectFrom('notices')
    .selectAll()
    .where('id', '=', notice)
    .executeTakeFirstOrThrow()
  const choice = choose(owner, {
    id: notice,
    about: row.notice,
    urgent: row.urgent,
    actions: row.actions,
    slots: [],
    putOff,
    experience:
      row.ticket_id === null ? undefined : experienceOf(world, await ticketOf(world.db, row.ticket_id)),
  })
  if (choice.do === 'nothing') return

  if (choice.do !== 'snooze') return
  world.agenda.add({ at: now + choice.ms, act: (at) => read(world, { ...reading, putOff: putOff + 1 }, at) })
}
