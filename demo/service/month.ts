import { fleetOf } from '../../device-sim/household.ts'
import { ownersOf } from '../../device-sim/people/owner.ts'
import { looksAtParts } from '../../device-sim/people/part-condition.ts'
import { staffOf } from '../../device-sim/people/staff.ts'
import { storesOf } from '../../device-sim/people/stores.ts'
import { inboxChannel } from '../../notices/channels/inbox/channel.ts'
import { openRecords, type RecordsStore } from '../../store/records/open.ts'
import { Agenda } from './actors/agenda.ts'
import { Commands } from './actors/commands.ts'
import { Desk } from './actors/desk.ts'
import { Observer } from './actors/observer.ts'
import { phones } from './actors/phone.ts'
import { Cast } from './cast.ts'
import { type ServiceFigures, serviceFigures } from './figures.ts'
import type { FirstAct } from './first-act.ts'
import { playDays } from './play-service.ts'
import { settle, type Town } from './settle.ts'
import type { World } from './world.ts'

export interface ServiceOptions {
  act: FirstAct
  /** Of the people; the fleet's. */
  seed: number
  onProgress(progress: { fraction: number; at: number }): void
  signal: AbortSignal
}

/**
 * Plays the days of a fleet once more, from the desk's side: with the findings of those days, a clock that is moved from
 * one event to the next, the real desk over records of its own in memory, and simulated people around it.
 */
export async function playService(options: ServiceOptions): Promise<ServiceFigures> {
  const records = await openRecords({
    onError(error) {
      throw error
    },
  })
  try {
    return await playOver(records, options)
  } finally {
    await records.close()
  }
}

async function playOver({ db }: RecordsStore, options: ServiceOptions): Promise<ServiceFigures> {
  const { act, seed, onProgress, signal } = options
  const { from, until } = act.truth
  const town = townOf(act, seed)
  await settle(db, town, new Date(from))
  const world = worldOf({ db, seed, town, act })
  const observer = new Observer(town.owners)
  const cast = new Cast(world)
  let clock = from
  const now = () => clock
  const onNotice = (arrived: Parameters<Cast['onNotice']>[0]) => cast.onNotice(arrived)
  const channels = [inboxChannel(db, now), phones({ db, seed, observer, now, onNotice })]
  cast.begin(from)
  await playDays({
    desk: new Desk({ db, channels }),
    agenda: world.agenda,
    cast,
    findings: act.findings,
    isMoot: (finding) => cast.hasReplaced(finding),
    from,
    until,
    onTime(at) {
      signal.throwIfAborted()
      clock = at
      onProgress({ fraction: (at - from) / (until - from), at })
    },
  })
  const period = { from: new Date(from), until: new Date(until), now: new Date(until) }
  return serviceFigures(db, period, { observed: observer.observed, refused: world.commands.refused })
}

function townOf({ truth, devices }: FirstAct, seed: number): Town {
  const specs = fleetOf(seed, truth.devices.length)
  const owners = ownersOf(seed, specs)
  const technicians = staffOf(
    seed,
    owners.map(({ region }) => region),
  )
  return { owners, devices, technicians, stores: storesOf(technicians) }
}

interface Stage {
  db: RecordsStore['db']
  seed: number
  town: Town
  act: FirstAct
}

function worldOf({ db, seed, town, act }: Stage): World {
  return {
    db,
    agenda: new Agenda(),
    commands: new Commands(db),
    seed,
    owners: new Map(town.owners.map((owner) => [owner.id, owner])),
    technicians: new Map(town.technicians.map((technician) => [technician.id, technician])),
    looks: looksAtParts(act.truth),
    repairs: new Map(),
  }
}
