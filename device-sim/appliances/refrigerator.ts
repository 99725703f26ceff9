import { dayMs, hourMs } from '../../lib/time.ts'
import { eachDayFrom } from '../calendar.ts'
import { indoorTempC } from '../climate.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import { ageSeal, type DoorSeal, sealDutyPct } from '../wear/door-seal.ts'
import { chargeEffect, leakRefrigerant, type RefrigerantCircuit } from '../wear/refrigerant.ts'
import {
  type Appliance,
  type ApplianceEvent,
  type MetricValues,
  performDueRepairs,
  quantize,
} from './appliance.ts'
import { type Incident, isDuring, planIncident } from './incident.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

interface Refrigerator {
  household: Household
  /** Seconds that the door is open in six hours, on a day with somebody at home. */
  doorOpenS: number
  seal: PartSlot<DoorSeal>
  circuit: PartSlot<RefrigerantCircuit>
  random: Random
  /** A door that was not closed, until somebody sees it. */
  openDoor?: Incident | undefined
}

const readingHours = [0, 6, 12, 18] as const
/** By so much the compartment is warmer while its door is open, K. */
const openDoorC = 9

/** Create a refrigerator. It reports every six hours on those hours. */
export function refrigerator(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const fridge: Refrigerator = {
    household: spec.household,
    doorOpenS: 45 * spec.household.people * random.lognormal(0.3),
    seal: new PartSlot(parts.doorSeal, stream),
    circuit: new PartSlot(parts.sealedCircuit, stream),
    random: new Random(stream, 'days'),
  }
  const simulate = (from: number) => {
    const openDoor = planIncident(stream, { purpose: 'open door', from, days: [0.9, 1.8] })
    return simulateRefrigerator({ ...fridge, openDoor }, from)
  }
  return { slots: [fridge.seal, fridge.circuit], simulate }
}

function* simulateRefrigerator(fridge: Refrigerator, from: number): Generator<ApplianceEvent> {
  const { seal, circuit, random } = fridge
  let last = from
  for (const day of eachDayFrom(from)) {
    for (const hour of readingHours) {
      const ts = Math.round(day + (hour + random.between(0, 0.2)) * hourMs)
      const days = (ts - last) / dayMs
      if (days <= 0) continue
      yield* performDueRepairs(ts, [seal, circuit])
      seal.wear(ts, (part, wear) => ageSeal(part, days, wear))
      circuit.wear(ts, (part, wear) => leakRefrigerant(part, days, wear))
      last = ts
      yield { type: 'reading', ts, values: measure(fridge, ts) }
    }
  }
}

/**
 * Heat enters in proportion to the difference between kitchen and cabinet (−3 °C on average over both), and each
 * minute of an open door adds about half a percent of duty. Heat that the compressor cannot remove warms the food.
 */
function measure(fridge: Refrigerator, ts: number): MetricValues {
  const { household, doorOpenS, seal, circuit, random } = fridge
  const warmer = isDuring(fridge.openDoor, ts) ? openDoorC : 0
  const kitchenC = indoorTempC(household.climate, ts) + 1
  const openS = isTravelling(household, ts) ? 0 : doorOpenS * random.gamma(3)
  const { current, cooling } = chargeEffect(circuit.part)
  const heat = (sealDutyPct(seal.part) * (kitchenC + 3)) / 23 + 0.008 * openS
  const demandPct = heat / cooling + 1.2 * random.normal()
  const lackC = Math.min(30, 0.25 * Math.max(0, demandPct - 100))
  const currentA = circuit.part.fullChargeCurrentA * current * (1 + 0.008 * (kitchenC - 20))
  return {
    fridge_temp_c: quantize(4 + 0.006 * openS + lackC + warmer + 0.4 * random.normal(), 0.1),
    freezer_temp_c: quantize(-18 + lackC + 0.6 * random.normal(), 0.1),
    compressor_duty_pct: quantize(Math.min(100, Math.max(0, demandPct)), 0.1),
    compressor_current_a: quantize(currentA * (1 + 0.01 * random.normal()), 0.001),
    ambient_temp_c: quantize(kitchenC + 0.4 * random.normal(), 0.1),
    door_open_s: Math.round(openS),
  }
}
