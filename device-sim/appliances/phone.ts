import { dayMs, hourMs } from '../../lib/time.ts'
import { eachDayFrom, isWeekend } from '../calendar.ts'
import { indoorTempC } from '../climate.ts'
import type { DeviceSpec, Household } from '../household.ts'
import { Random } from '../random.ts'
import { newGauge, updateGauge } from '../wear/fuel-gauge.ts'
import { ageCell, type Cell, type CellUsage } from '../wear/li-ion-cell.ts'
import { type Appliance, type ApplianceEvent, performDueRepairs, quantize } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

/** How the owner uses a phone. */
interface UsageProfile {
  cyclesPerDay: number
  /** Mean cell voltage: charged all night, or kept between 30 and 80 %. */
  volts: number
  depthOfDischarge: number
  /** Mean temperature above that of the room, K. */
  warmerC: number
}

/** Design capacity by model, mAh. */
const designCapacitiesMah: Record<string, number> = { 'PH-7': 3300, 'PH-8': 3900, 'PH-8 Plus': 4700 }

const readingHours = [1, 7, 13, 19] as const

/** Create a phone. It reports the state of its battery every six hours. */
export function phone(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const habits: UsageProfile = {
    cyclesPerDay: 0.3 + 0.5 * random.gamma(3),
    volts: random.between(3.82, 4.02),
    depthOfDischarge: random.between(0.35, 0.75),
    warmerC: random.between(2, 7),
  }
  const usual: CellUsage = { ...habits, days: 1, cycles: habits.cyclesPerDay, tempC: 22 + habits.warmerC }
  const battery = new PartSlot(parts.battery(usual), stream)
  const designMah = designCapacitiesMah[spec.model] ?? 4000
  return {
    slots: [battery],
    simulate: (from) =>
      simulatePhone({ household: spec.household, habits, battery, designMah, stream }, from),
  }
}

interface Phone {
  household: Household
  habits: UsageProfile
  battery: PartSlot<Cell>
  designMah: number
  stream: string
}

function* simulatePhone(
  { household, habits, battery, designMah, stream }: Phone,
  from: number,
): Generator<ApplianceEvent> {
  const random = new Random(stream, 'days')
  let gauge = newGauge(from, random)
  let last = from
  for (const day of eachDayFrom(from)) {
    const dayCycles = habits.cyclesPerDay * random.gamma(8) * (isWeekend(day) ? 1.2 : 1)
    for (const hour of readingHours) {
      const ts = Math.round(day + (hour + random.between(0, 0.8)) * hourMs)
      const days = (ts - last) / dayMs
      if (days <= 0) continue
      for (const news of performDueRepairs(ts, [battery])) {
        yield news
        gauge = newGauge(ts, random)
      }
      const room = indoorTempC(household.climate, ts)
      const use = { ...habits, days, cycles: dayCycles * days, tempC: room + habits.warmerC }
      battery.wear(ts, (cell) => ageCell(cell, use))
      gauge = updateGauge(gauge, ts, battery.trueValue(), random)
      const warmer = habits.warmerC * (hour === 1 ? 1.6 : random.between(0.2, 1.4))
      const values = {
        battery_health_pct: gauge.displayedPct,
        battery_cycles: Math.floor(battery.part.cycles),
        charge_counter_mah: Math.round((designMah / 100) * (battery.trueValue() + gauge.errorPct)),
        design_capacity_mah: designMah,
        battery_temp_c: quantize(room + warmer + 0.3 * random.normal(), 0.1),
      }
      last = ts
      yield { type: 'reading', ts, values }
    }
  }
}
