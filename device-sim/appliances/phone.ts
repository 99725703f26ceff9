import { dayMs, hourMs } from '../../lib/time.ts'
import { daysFrom, isWeekend } from '../calendar.ts'
import { indoorC } from '../climate.ts'
import type { DeviceSpec, Household } from '../household.ts'
import { Random } from '../random.ts'
import { newGauge, readGauge } from '../wear/fuel-gauge.ts'
import { agedCell, type Cell, type CellUse } from '../wear/li-ion-cell.ts'
import { type Appliance, type Happening, remedyParts, rounded } from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

/** How its owner treats a phone. */
interface Habits {
  cyclesPerDay: number
  /** Mean cell voltage: on the charger all night, or kept between 30 and 80 %. */
  volts: number
  depth: number
  /** How much warmer than the room it is on average. */
  warmerC: number
}

/** mAh, by model. */
const designs: Record<string, number> = { 'PH-7': 3300, 'PH-8': 3900, 'PH-8 Plus': 4700 }

const readingHours = [1, 7, 13, 19] as const

/** A phone: reports every six hours how its battery is. */
export function phone(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const habits: Habits = {
    cyclesPerDay: 0.3 + 0.5 * random.gamma(3),
    volts: random.between(3.82, 4.02),
    depth: random.between(0.35, 0.75),
    warmerC: random.between(2, 7),
  }
  const usual: CellUse = { ...habits, days: 1, cycles: habits.cyclesPerDay, tempC: 22 + habits.warmerC }
  const battery = new PartSlot(parts.battery(usual), stream)
  const designMah = designs[spec.model] ?? 4000
  return {
    slots: [battery],
    live: (from) => livePhone({ household: spec.household, habits, battery, designMah, stream }, from),
  }
}

interface Phone {
  household: Household
  habits: Habits
  battery: PartSlot<Cell>
  designMah: number
  stream: string
}

function* livePhone(
  { household, habits, battery, designMah, stream }: Phone,
  from: number,
): Generator<Happening> {
  const random = new Random(stream, 'days')
  let gauge = newGauge(from, random)
  let last = from
  for (const day of daysFrom(from)) {
    const dayCycles = habits.cyclesPerDay * random.gamma(8) * (isWeekend(day) ? 1.2 : 1)
    for (const hour of readingHours) {
      const ts = Math.round(day + (hour + random.between(0, 0.8)) * hourMs)
      const days = (ts - last) / dayMs
      if (days <= 0) continue
      for (const news of remedyParts(ts, [battery])) {
        yield news
        gauge = newGauge(ts, random)
      }
      const room = indoorC(household.climate, ts)
      const use = { ...habits, days, cycles: dayCycles * days, tempC: room + habits.warmerC }
      battery.wear(ts, (cell) => agedCell(cell, use))
      gauge = readGauge(gauge, ts, battery.truth(), random)
      const warmer = habits.warmerC * (hour === 1 ? 1.6 : random.between(0.2, 1.4))
      const values = {
        battery_health_pct: gauge.shownPct,
        battery_cycles: Math.floor(battery.part.cycles),
        charge_counter_mah: Math.round((designMah / 100) * (battery.truth() + gauge.errorPct)),
        design_capacity_mah: designMah,
        battery_temp_c: rounded(room + warmer + 0.3 * random.normal(), 0.1),
      }
      last = ts
      yield { type: 'reading', ts, values }
    }
  }
}
