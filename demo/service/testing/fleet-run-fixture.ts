import type { Finding, TicketAction } from '../../../contract/finding.ts'
import { createInjectedFaults } from '../../../contract/ground-truth.ts'
import { type DeviceKind, type DeviceSpec, generateFleet } from '../../../device-sim/household.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import type { FleetRunResult } from '../fleet-run-result.ts'

const from = Date.UTC(2026, 3, 1)

interface Fault {
  component: string
  notice: string
  ticket: TicketAction
}

const faults: Partial<Record<DeviceKind, Fault>> = {
  phone: {
    component: 'battery',
    notice: 'battery_replacement',
    ticket: { sla: 'level3', part: 'battery', skill: 'electronics' },
  },
  robot_vacuum: {
    component: 'filter',
    notice: 'filter_service',
    ticket: { sla: 'level3', part: 'filter', skill: 'cleaning' },
  },
  washing_machine: {
    component: 'drum_motor',
    notice: 'drum_service',
    ticket: { sla: 'level2', part: 'drum_bearing', skill: 'mechanics' },
  },
  refrigerator: {
    component: 'device',
    notice: 'refrigerator_warm',
    ticket: { sla: 'level1', skill: 'cooling' },
  },
}

/** Create the result of a fleet in which some devices have one fault each, some hours apart. */
export function createFleetRunFixture(seed: number, devices: number, days: number): FleetRunResult {
  const specs = generateFleet(seed, devices)
  return {
    findings: specs.flatMap((spec, n) => findingOf(spec, from + (n + 1) * 19 * hourMs)),
    devices: specs.map(deviceRow),
    truth: {
      seed,
      from,
      until: from + days * dayMs,
      horizon: from + (days + 90) * dayMs,
      devices: specs.map(({ id, kind }) => ({
        device: id,
        kind,
        parts: [],
        injected: createInjectedFaults(),
      })),
    },
  }
}

function findingOf({ id, kind }: DeviceSpec, at: number): Finding[] {
  const fault = faults[kind]
  if (fault === undefined) return []
  const evidence = { detector: 'threshold', value: 12, limit: 10, unit: '%', points: [] }
  const rule = `${kind}.${fault.component}`
  const known = { id: `f-${id}`, device: id, rule, version: '1', epoch: 0, severity: 'major' } as const
  return [{ ...known, state: 'raised', at, evidence, ...fault }]
}

function deviceRow({
  id,
  kind,
  model,
  firmware,
  owner,
  site,
  region,
  inUseSince,
}: DeviceSpec): FleetRunResult['devices'][number] {
  return {
    id,
    kind,
    model,
    firmware,
    owner_id: owner,
    site,
    region,
    in_use_since: new Date(inUseSince),
    presence: 'online',
    first_seen: new Date(from),
    updated_at: new Date(from),
    retired_at: null,
    retired_by: null,
    retired_reason: null,
    renamed_to: null,
    former_ids: [],
  }
}
