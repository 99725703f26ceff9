import { join } from 'node:path'
import { packageRoot } from '../../../lib/package-root.ts'
import { dayMs } from '../../../lib/time.ts'
import { createDetectorRegistry } from '../../../rules/detectors/registry.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { Engine } from '../../../rules/engine/engine.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { loadRules } from '../../../rules/files/load-rules.ts'
import { isFolder } from '../folders.ts'
import { phoneBattery } from '../sets/phone-battery.ts'
import { alignColumns } from '../tables/align-columns.ts'
import type { TableScore } from '../tables/table-score.ts'
import { type AlarmScore, alarmsOf, computeAlarmScore, type PhoneAlarms } from './alarm-score.ts'
import { readPhones } from './recorded-phones.ts'
import { type ReplayedPhone, replayEach, replayTogether } from './replay-phones.ts'

export const shippedRulesTitle = 'Shipped rules on these phones'

/** Rules of the catalog on the battery of phones: the one that predicts, and the one that waits for the limit. */
const [predictingRule, warrantyRule] = ['phone.battery_worn', 'phone.battery_warranty']

/** What the fleet model knew. */
const replays = [
  { name: 'leaveUnit', title: 'all other records', replay: replayEach },
  { name: 'causal', title: 'what was known that day', replay: replayTogether },
] as const

/**
 * Score the alarms of the shipped rules on recorded phones.
 * @param training folder of the phones in the fleet model, without the phone itself; the same folder: the other phones
 * @returns undefined where the data has no phones
 * @throws FieldDataError when a file is malformed
 */
export async function scoreShippedRules(data: string, training: string): Promise<TableScore | undefined> {
  const [folder, trainingFolder] = [join(data, phoneBattery.name), join(training, phoneBattery.name)]
  if (!(await isFolder(folder))) return undefined
  const phones = await readPhones(folder)
  const hasOthers = training !== data && (await isFolder(trainingFolder))
  const fleet = hasOthers ? await readPhones(trainingFolder) : phones
  const engine = await createShippedEngine()
  const scored = replays.map(({ name, title, replay }) => {
    const replayed = replay(engine, phones, fleet)
    return { name, title, ...scoreReplay(replayed) }
  })
  return {
    rows: [titles, ...scored.map(({ title, score }) => [title, ...cellsOf(score)])],
    remarks: scored.slice(0, 1).flatMap(({ score, warranty }) => [remarkOf(score), warrantyRemark(warranty)]),
    json: Object.fromEntries(scored.map(({ name, ...one }) => [name, scoreAsJson(one)])),
  }
}

async function createShippedEngine(): Promise<Engine> {
  const kinds = await loadKinds(join(packageRoot, 'rules', 'kinds'))
  const references = { kinds, detectors: createDetectorRegistry() }
  return createEngine({ kinds, rules: await loadRules([join(packageRoot, 'rules', 'catalog')], references) })
}

interface WarrantyCounts {
  alarms: number
  premature: number
}

interface ScoredReplay {
  score: AlarmScore
  warranty: WarrantyCounts
  phones: readonly PhoneAlarms[]
}

function scoreReplay(replayed: readonly ReplayedPhone[]): ScoredReplay {
  const alarmsOfRule = (rule: string) => replayed.flatMap((phone) => alarmsOf(phone, rule) ?? [])
  const [phones, warranty] = [alarmsOfRule(predictingRule), alarmsOfRule(warrantyRule)]
  return { phones, score: computeAlarmScore(phones), warranty: countWarranty(warranty) }
}

function countWarranty(phones: readonly PhoneAlarms[]): WarrantyCounts {
  const early = phones.flatMap(({ alarms, event = Number.POSITIVE_INFINITY }) =>
    alarms.filter(({ at }) => at < event),
  )
  return { alarms: phones.reduce((sum, { alarms }) => sum + alarms.length, 0), premature: early.length }
}

const titles = ['fleet model', 'failures', 'in time', 'late', 'false', 'a device-year', 'open', 'lead, days']

function cellsOf(score: AlarmScore): string[] {
  return [
    String(score.failures),
    String(score.detected),
    String(score.late),
    String(score.falseAlarms),
    score.falseAlarmsPerDeviceYear.toFixed(3),
    String(score.openAlarms),
    score.medianLeadDays === null ? '' : score.medianLeadDays.toFixed(0),
  ]
}

const remarkOf = ({ phones, deviceYears, failures, detectable }: AlarmScore): string =>
  `${phones} phones, ${deviceYears.toFixed(0)} device-years; ${detectable} of ${failures} failures had a reading 7 to 180 days before, ` +
  `in which ${predictingRule} could have raised an alarm in time`

function warrantyRemark({ alarms, premature }: WarrantyCounts): string {
  return `${warrantyRule} raised ${alarms} alarms, ${premature} of them before a reading below the limit`
}

function scoreAsJson({ score, phones, warranty }: ScoredReplay): object {
  return {
    ...score,
    warranty,
    units: Object.fromEntries(phones.map((phone) => [phone.unit, phoneAsJson(phone)])),
  }
}

function phoneAsJson({ event, alarms, readingsInTime, lastReadingBefore }: PhoneAlarms): object {
  const dateOf = (ts: number) => new Date(ts).toISOString().slice(0, 10)
  return {
    ...(event === undefined ? {} : { firstBelow: dateOf(event), readingsInTime }),
    ...(lastReadingBefore === undefined ? {} : { lastReadingBefore: dateOf(lastReadingBefore) }),
    alarms: alarms.map(({ at, outcome, crossing }) => ({
      at: dateOf(at),
      outcome,
      ...(event === undefined ? {} : { leadDays: Math.round((event - at) / dayMs) }),
      ...(crossing === undefined
        ? {}
        : { p10: dateOf(crossing.p10), p50: dateOf(crossing.p50), p90: dateOf(crossing.p90) }),
    })),
  }
}

export function shippedRulesTable({ rows, remarks }: TableScore): string {
  return [shippedRulesTitle, ...[...alignColumns(rows), ...remarks].map((line) => `  ${line}`)].join('\n')
}
