import { expect, it } from 'vitest'
import { temporaryFolder } from '../testing/folder.ts'
import { fleetCsv, phone, readingsCsv } from '../testing/phones.ts'
import { scoreShippedRules } from './score-shipped-rules.ts'

interface Json {
  leaveUnit: { failures: number; detected: number; units: Record<string, { alarms: { at: string }[] }> }
  causal: Json['leaveUnit']
}

async function jsonOf(readings: string, training?: string): Promise<Json> {
  const data = await temporaryFolder({ 'phone_battery/readings.csv': readings })
  const other = training && (await temporaryFolder({ 'phone_battery/readings.csv': training }))
  return (await scoreShippedRules(data, other ?? data))?.json as Json
}

it('most phones that wear steadily are detected in time, with either fleet model', async () => {
  const { leaveUnit, causal } = await jsonOf(fleetCsv({ a: 40, b: 45, c: 50, d: 55, e: 60 }))
  expect([leaveUnit.failures, causal.failures]).toEqual([5, 5])
  expect(leaveUnit.detected).toBeGreaterThan(3)
  expect(causal.detected).toBeGreaterThan(2)
})

it('the alarms of a phone do not depend on what it did later, as live', async () => {
  const paces = { a: 40, b: 45, c: 50, d: 55, e: 60 }
  const full = fleetCsv(paces)
  const cut = full
    .split('\n')
    .filter((line) => line < 'e,iPhone8,2023-05' || !line.startsWith('e,'))
    .join('\n')
  const alarmsOf = async (readings: string) => (await jsonOf(readings)).causal.units.e?.alarms ?? []
  const [later, then] = [await alarmsOf(full), await alarmsOf(cut)]
  expect(then).toEqual(
    later.filter(({ at }) => at < '2023-05').map((alarm) => expect.objectContaining({ at: alarm.at })),
  )
})

it('the fleet model may be of other phones, and never of the phone itself', async () => {
  const one = readingsCsv(phone('c', { perPercent: 50, until: 1200 }))
  const alone = await jsonOf(one)
  expect(alone.leaveUnit.units).toEqual((await jsonOf(one, one)).leaveUnit.units)
  const withFleet = await jsonOf(one, fleetCsv({ a: 40, b: 45, d: 55, e: 60 }))
  expect(withFleet.leaveUnit).toMatchObject({ failures: 1, detected: 1 })
})

it('a folder without phones has no score', async () => {
  const data = await temporaryFolder({ 'else/readme.txt': '' })
  expect(await scoreShippedRules(data, data)).toBeUndefined()
})
