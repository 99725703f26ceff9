import type { Kysely } from 'kysely'
import type { Evidence } from '../../../contract/finding.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import type { Records, TicketsTable } from '../../../store/records/schema.ts'
import { recordFixtures } from './record-fixtures.ts'

/** Six months up to the end of June 2026. */
const begin = Date.UTC(2026, 0, 1)
const days = 181

const models = [
  { kind: 'robot_vacuum', model: 'RV-20', firmware: '2.1.0', weight: 3 },
  { kind: 'robot_vacuum', model: 'RV-20', firmware: '2.2.0', weight: 2 },
  { kind: 'robot_vacuum', model: 'RV-30 <Plus>', firmware: '1.0.0', weight: 1 },
  { kind: 'refrigerator', model: 'RF-400', firmware: '5.0.1', weight: 3 },
  { kind: 'washing_machine', model: 'WM-8', firmware: '3.4.0', weight: 2 },
] as const
type Fault = readonly [component: string, rule: string, part: string]
const faults: Readonly<Record<string, readonly Fault[]>> = {
  robot_vacuum: [
    ['battery', 'battery_worn', 'battery'],
    ['main_brush_motor', 'brush_motor_slow', 'main_brush_motor'],
  ],
  refrigerator: [
    ['compressor', 'refrigerant_low', 'compressor'],
    ['door_seal', 'door_seal_leaking', 'door_seal'],
  ],
  washing_machine: [['drum', 'drum_loud', 'bearing']],
}
const regions = ['CN-GD', 'CN-BJ', 'DE', null]

/** Insert a reproducible half-year of invented service desk records. */
export async function seedServiceMonths(db: Kysely<Records>): Promise<void> {
  const put = recordFixtures(db)
  const random = seeded(7)
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T =>
    list[Math.floor(random() * list.length)] as T
  for (const n of [1, 2, 3, 4])
    await put.technician(`tech-${n}`, { name: ['Li Wei', 'Chen Jie', 'Kim', '=Sum'][n - 1] ?? '' })
  const all = models.flatMap((model) => Array.from({ length: model.weight * 12 }, () => model))
  for (const [n, { kind, model, firmware }] of all.entries()) {
    const id = `d-${n}`
    const isNew = model.startsWith('RV-30')
    const first_seen = new Date(isNew ? begin + (60 + random() * 90) * dayMs : begin - random() * 200 * dayMs)
    await put.owner(`o-${n}`, { created_at: first_seen })
    await put.device(id, {
      kind,
      model,
      firmware,
      first_seen,
      in_use_since: first_seen,
      owner_id: `o-${n}`,
      region: pick(regions),
    })
    const often = isNew ? 4 : 1
    for (let k = 0; k < often * 2; k++) {
      const since = Math.max(begin, first_seen.getTime())
      const at = Math.floor(since + random() * (begin + days * dayMs - since) * (isNew ? 0.3 : 1))
      await repair(`${n}-${k}`, { device_id: id, owner: `o-${n}`, at, fault: pick(faults[kind] ?? []), kind })
    }
  }

  interface Repair {
    device_id: string
    owner: string
    at: number
    fault: Fault
    kind: string
  }

  async function repair(id: string, { device_id, owner, at, fault, kind }: Repair): Promise<void> {
    const [component, name, part] = fault
    const sla = pick(['level1', 'level2', 'level3', 'level3'] as const)
    const [respond, solve] = { level1: [2, 4], level2: [4, 24], level3: [24, 72] }[sla] as [number, number]
    const responded = at + random() * respond * 1.04 * hourMs
    const arrived = at + (0.3 + random() * 0.71) * solve * hourMs
    const resolved = arrived + hourMs
    const verdict: TicketsTable['verdict'] = pick([
      'worn',
      'worn',
      'worn',
      'worn',
      'not_worn',
      'sensor_fault',
      'other',
    ] as const)
    const when = (ms: number) => new Date(ms)
    const life = {
      created_at: when(at),
      opened_at: when(at),
      updated_at: when(resolved),
      resolved_at: when(resolved),
    }
    const clocks = { respond_by: when(at + respond * hourMs), solve_by: when(at + solve * hourMs) }
    const done = { responded_at: when(responded), on_site_at: when(arrived), work_state: 'closed' } as const
    const rule = `${kind}.${name}`
    const about = {
      device_id,
      component,
      epoch: Number(id.split('-')[1]),
      rule,
      part,
      technician_id: `tech-${1 + Math.floor(random() * 4)}`,
    }
    await put.ticket(`t-${id}`, { sla, ...about, ...life, ...clocks, ...done, verdict })
    await put.finding(`f-${id}`, `t-${id}`, evidenceAt(at, random() < 0.7), { at: when(at), device_id, rule })
    await put.survey(`t-${id}`, random() < 0.4 ? null : pick([5, 5, 5, 4, 4, 3]), {
      answered_at: when(resolved + dayMs),
    })
    await put.notice(`n-${id}`, { user_id: owner, sent_at: when(at) })
    if (verdict === 'worn') await put.usedPart(`t-${id}`, part, { at: when(resolved) })
  }
}

function evidenceAt(at: number, isEarly: boolean): Evidence {
  const p50 = at + (isEarly ? 12 : 0) * dayMs
  const crossing = { p10: p50 - dayMs, p50, p90: p50 + dayMs }
  return { detector: 'forecast', value: 84, limit: 80, slopePerDay: -0.2, crossing, points: [] }
}

/** Return a generator of numbers 0 … 1 (Park and Miller 1988). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
