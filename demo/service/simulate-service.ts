import { generateFleet } from '../../device-sim/household.ts'
import { generateOwners } from '../../device-sim/people/owner.ts'
import { createPartInspector } from '../../device-sim/people/part-condition.ts'
import { generateStockLocations } from '../../device-sim/people/stock.ts'
import { generateTechnicians } from '../../device-sim/people/technician.ts'
import { inboxChannel } from '../../notices/channels/inbox/channel.ts'
import { openRecords, type RecordsStore } from '../../store/records/records-store.ts'
import { Actors } from './actors/actors.ts'
import { DeskCommands } from './actors/desk-commands.ts'
import { EventQueue } from './actors/event-queue.ts'
import { NoticeAuditor } from './actors/notice-auditor.ts'
import { createPhoneChannel } from './actors/phone-channel.ts'
import { SimulatedDesk } from './actors/simulated-desk.ts'
import type { ServiceContext } from './context.ts'
import { runEventLoop } from './event-loop.ts'
import { collectServiceFigures, type ServiceFigures } from './figures.ts'
import type { FleetRunResult } from './fleet-run-result.ts'
import { insertSeedRecords, type SeedRecords } from './seed-records.ts'

export interface ServiceSimulationOptions {
  fleetRun: FleetRunResult
  /** Of the people; the fleet's. */
  seed: number
  onProgress(progress: { fraction: number; at: number }): void
  signal: AbortSignal
}

/**
 * Plays the days of a fleet once more, from the desk's side: with the findings of those days, a clock that is moved from
 * one event to the next, the real desk over records of its own in memory, and simulated people around it.
 */
export async function simulateService(options: ServiceSimulationOptions): Promise<ServiceFigures> {
  const records = await openRecords({
    onError(error) {
      throw error
    },
  })
  try {
    return await runSimulation(records, options)
  } finally {
    await records.close()
  }
}

async function runSimulation(
  { db }: RecordsStore,
  options: ServiceSimulationOptions,
): Promise<ServiceFigures> {
  const { fleetRun: act, seed, onProgress, signal } = options
  const { from, until } = act.truth
  const town = generateSeedRecords(act, seed)
  await insertSeedRecords(db, town, new Date(from))
  const world = createContext({ db, seed, seedRecords: town, fleetRun: act })
  const observer = new NoticeAuditor(town.owners)
  const cast = new Actors(world)
  let clock = from
  const now = () => clock
  const onNotice = (arrived: Parameters<Actors['onNotice']>[0]) => cast.onNotice(arrived)
  const channels = [inboxChannel(db, now), createPhoneChannel({ db, seed, observer, now, onNotice })]
  cast.start(from)
  await runEventLoop({
    desk: new SimulatedDesk({ db, channels }),
    queue: world.queue,
    actors: cast,
    findings: act.findings,
    isObsolete: (finding) => cast.hasReplacedPart(finding),
    from,
    until,
    onTimeAdvance(at) {
      signal.throwIfAborted()
      clock = at
      onProgress({ fraction: (at - from) / (until - from), at })
    },
  })
  const period = { from: new Date(from), until: new Date(until), now: new Date(until) }
  return collectServiceFigures(db, period, {
    audit: observer.counts,
    rejectedCommands: world.commands.rejectedCounts,
  })
}

function generateSeedRecords({ truth, devices }: FleetRunResult, seed: number): SeedRecords {
  const specs = generateFleet(seed, truth.devices.length)
  const owners = generateOwners(seed, specs)
  const technicians = generateTechnicians(
    seed,
    owners.map(({ region }) => region),
  )
  return { owners, devices, technicians, stockLocations: generateStockLocations(technicians) }
}

interface ContextOptions {
  db: RecordsStore['db']
  seed: number
  seedRecords: SeedRecords
  fleetRun: FleetRunResult
}

function createContext({ db, seed, seedRecords: town, fleetRun: act }: ContextOptions): ServiceContext {
  return {
    db,
    queue: new EventQueue(),
    commands: new DeskCommands(db),
    seed,
    owners: new Map(town.owners.map((owner) => [owner.id, owner])),
    technicians: new Map(town.technicians.map((technician) => [technician.id, technician])),
    inspectPart: createPartInspector(act.truth),
    repairs: new Map(),
  }
}
