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
  /** Seed of the people; the fleet's. */
  seed: number
  onProgress(progress: { fraction: number; at: number }): void
  signal: AbortSignal
}

/**
 * Simulate the days of a fleet again at the service desk: with the findings of those days, a clock that moves from
 * one event to the next, the real desk over its own records in memory, and simulated people around it.
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
  const { fleetRun, seed, onProgress, signal } = options
  const { from, until } = fleetRun.truth
  const seedRecords = generateSeedRecords(fleetRun, seed)
  await insertSeedRecords(db, seedRecords, new Date(from))
  const context = createContext({ db, seed, seedRecords, fleetRun })
  const observer = new NoticeAuditor(seedRecords.owners)
  const actors = new Actors(context)
  let clock = from
  const now = () => clock
  const onNotice = (arrived: Parameters<Actors['onNotice']>[0]) => actors.onNotice(arrived)
  const channels = [inboxChannel(db, now), createPhoneChannel({ db, seed, observer, now, onNotice })]
  actors.start(from)
  await runEventLoop({
    desk: new SimulatedDesk({ db, channels }),
    queue: context.queue,
    actors,
    findings: fleetRun.findings,
    isObsolete: (finding) => actors.hasReplacedPart(finding),
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
    rejectedCommands: context.commands.rejectedCounts,
  })
}

function generateSeedRecords({ truth, devices }: FleetRunResult, seed: number): SeedRecords {
  const specs = generateFleet(seed, truth.devices.length)
  const owners = generateOwners(seed, specs)
  const technicians = generateTechnicians(
    seed,
    owners.map(({ region }) => region),
  )
  return {
    owners,
    devices: devices.map((device) => ({ ...device, former_ids: JSON.stringify(device.former_ids) })),
    technicians,
    stockLocations: generateStockLocations(technicians),
  }
}

interface ContextOptions {
  db: RecordsStore['db']
  seed: number
  seedRecords: SeedRecords
  fleetRun: FleetRunResult
}

function createContext({ db, seed, seedRecords, fleetRun }: ContextOptions): ServiceContext {
  return {
    db,
    queue: new EventQueue(),
    commands: new DeskCommands(db),
    seed,
    owners: new Map(seedRecords.owners.map((owner) => [owner.id, owner])),
    technicians: new Map(seedRecords.technicians.map((technician) => [technician.id, technician])),
    inspectPart: createPartInspector(fleetRun.truth),
    repairs: new Map(),
  }
}
