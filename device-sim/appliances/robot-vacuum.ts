import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { eachDayFrom, isWeekend, seasonalFactor } from '../calendar.ts'
import { indoorTempC } from '../climate.ts'
import { type DeviceSpec, type Household, isTravelling } from '../household.ts'
import { Random } from '../random.ts'
import { type BrushMotor, brushRpm, wearBrushMotor } from '../wear/brush-motor.ts'
import { cleanFilter, type DustFilter, filterPressureDropPa, loadFilter } from '../wear/dust-filter.ts'
import { ageCell, type Cell, type CellUsage } from '../wear/li-ion-cell.ts'
import { removeHair, type WrappedBrush, wrapHair } from '../wear/wrapped-brush.ts'
import {
  type Appliance,
  type ApplianceEvent,
  type MetricValues,
  performDueRepairs,
  quantize,
} from './appliance.ts'
import { PartSlot } from './part-slot.ts'
import * as parts from './parts.ts'

/** A dust bin. A full bin is not a failure: the owner empties it sooner or later. */
interface DustBin {
  fullPct: number
  /** Fill level at which the owner empties it, %. */
  emptiedAtPct: number
}

/** Hours of cleaning that fill it in a home with usual dust. */
const hoursToFill = 7

function emptyBin(random: Random): DustBin {
  return { fullPct: 0, emptiedAtPct: random.between(50, 110) }
}

/** Return the bin after a run, which the owner may have emptied before. */
function fillBin(bin: DustBin, run: { hours: number; dustiness: number }, random: Random): DustBin {
  const before = bin.fullPct >= Math.min(99, bin.emptiedAtPct) ? emptyBin(random) : bin
  const more = (100 * run.hours * run.dustiness * random.gamma(4)) / hoursToFill
  return { ...before, fullPct: Math.min(100, before.fullPct + more) }
}

interface Vacuum {
  household: Household
  runsPerWeek: number
  runHours: number
  startHour: number
  battery: PartSlot<Cell>
  motor: PartSlot<BrushMotor>
  filter: PartSlot<DustFilter>
  brush: PartSlot<WrappedBrush>
  bin: DustBin
  runtimeH: number
  random: Random
}

const filterDesign = { cleanPa: 60, limitPa: 600, stallPa: 1500, lifeHours: 120 }
const cellsInSeries = 4
const readingMinutes = 8
/** Load on a bare floor with a clean brush, %. */
const bareLoadPct = 32
/** Battery conditions in the dock, fully charged. */
const docked = { volts: 4.08, depthOfDischarge: 0.6 }

/** Create a robot vacuum. It reports during each run, and once it is back in its dock. */
export function robotVacuum(spec: DeviceSpec, stream: string): Appliance {
  const random = new Random(stream, 'habits')
  const runsPerWeek = Math.min(7, random.between(3, 6) + 0.3 * spec.household.people)
  const runHours = random.between(0.5, 1.1)
  const usual: CellUsage = { ...docked, days: 1, cycles: (0.5 * runsPerWeek) / 7, tempC: 26 }
  const battery = new PartSlot(parts.battery(usual), stream)
  const motor = new PartSlot(parts.brushMotor, stream)
  const brush = new PartSlot(parts.mainBrush, stream)
  const filter = new PartSlot(parts.filter(filterDesign), stream)
  const vacuum: Vacuum = {
    household: spec.household,
    runsPerWeek,
    runHours,
    startHour: spec.household.homeByDay ? random.between(13, 17) : random.between(9, 11),
    battery,
    motor,
    brush,
    filter,
    bin: emptyBin(random),
    runtimeH: random.between(20, 300),
    random: new Random(stream, 'days'),
  }
  return { slots: [battery, motor, brush, filter], simulate: (from) => simulateVacuum(vacuum, from) }
}

function* simulateVacuum(vacuum: Vacuum, from: number): Generator<ApplianceEvent> {
  const { random, household } = vacuum
  const slots = [vacuum.battery, vacuum.motor, vacuum.brush, vacuum.filter]
  let last = from
  for (const day of eachDayFrom(from)) {
    const start = Math.round(day + (vacuum.startHour + random.between(-1, 1)) * hourMs)
    const wanted = (vacuum.runsPerWeek / 7) * (isWeekend(day) ? 1.15 : 0.94)
    const runs = random.chance(wanted)
    if (start <= from || isTravelling(household, day) || !runs) continue
    yield* performDueRepairs(start, slots)
    performOwnerMaintenance(vacuum, start)
    last = yield* cleaningRun(vacuum, start, (start - last) / dayMs)
  }
}

/** Simulate one run through the flat. @returns when it is back in its dock, ms */
function* cleaningRun(
  vacuum: Vacuum,
  start: number,
  daysSinceLast: number,
): Generator<ApplianceEvent, number> {
  const hours = vacuum.runHours * vacuum.random.between(0.75, 1.2)
  const end = start + Math.round(hours * hourMs)
  const steps = Math.floor((hours * hourMs) / (readingMinutes * minuteMs))
  let loadSum = 0
  for (let step = 1; step <= steps; step++) {
    const patch = sampleFloorPatch(vacuum)
    loadSum += patch.loadPct
    const values = measureDuringRun(vacuum, patch, 1 - 0.75 * (step / steps))
    yield { type: 'reading', ts: start + step * readingMinutes * minuteMs, values }
  }
  wearParts(vacuum, { start, end, hours, daysSinceLast, meanLoadPct: loadSum / steps })
  yield { type: 'reading', ts: end + 5 * minuteMs, values: measureDocked(vacuum) }
  return end
}

interface Run {
  start: number
  end: number
  hours: number
  daysSinceLast: number
  meanLoadPct: number
}

function wearParts(vacuum: Vacuum, { start, end, hours, daysSinceLast, meanLoadPct }: Run): void {
  const { random, household, battery, motor, brush, filter } = vacuum
  const tempC = indoorTempC(household.climate, start) + 4
  const cycles = Math.min(1, hours / 1.6)
  const dustiness = household.dustiness * (1 + 0.2 * pollenFactor(start)) * (1 + 0.3 * household.carpetShare)
  battery.wear(end, (cell) => ageCell(cell, { ...docked, days: daysSinceLast, cycles, tempC }))
  motor.wear(end, (part, wear) => wearBrushMotor(part, { hours, meanLoadPct }, wear))
  brush.wear(end, (part, wear) => wrapHair(part, { hours, shedding: household.shedding }, wear))
  filter.wear(end, (part, wear) => loadFilter(part, { hours, dustiness }, wear))
  vacuum.bin = fillBin(vacuum.bin, { hours, dustiness }, random)
  vacuum.runtimeH += hours
}

function measureDuringRun(
  { battery, motor, filter, random }: Vacuum,
  patch: FloorPatch,
  charge: number,
): MetricValues {
  const batteryV = packVoltageV(battery.part, charge) + 0.05 * random.normal()
  const rpm = brushRpm(motor.part, { loadPct: patch.loadPct, batteryV }) * (1 + 0.006 * random.normal())
  const dropPa = filterPressureDropPa(filter.part, 1 + 0.03 * random.normal()) + 3 * random.normal()
  return {
    main_brush_rpm: Math.round(rpm),
    main_brush_load_pct: quantize(patch.loadPct, 0.1),
    ...(patch.bareA !== undefined && {
      brush_current_a: quantize(patch.bareA + 0.02 * random.normal(), 0.01),
    }),
    battery_voltage_v: quantize(batteryV, 0.01),
    filter_dp_pa: quantize(Math.max(0, dropPa), 0.1),
  }
}

function measureDocked({ battery, bin, runtimeH, random }: Vacuum): MetricValues {
  return {
    battery_health_pct: quantize(battery.trueValue() + 0.3 * random.normal(), 0.1),
    battery_voltage_v: quantize(packVoltageV(battery.part, 0.3) + 0.03 * random.normal(), 0.01),
    dust_bin_full_pct: Math.round(Math.min(100, Math.max(0, bin.fullPct + 2 * random.normal()))),
    runtime_h: quantize(runtimeH, 0.1),
  }
}

/** Apply the owner's maintenance between runs: cut hair off the brush, and clean the filter if the household is tidy. */
function performOwnerMaintenance({ random, household, brush, filter }: Vacuum, at: number): void {
  if (random.chance(household.tidy ? 0.06 : 0.015)) brush.clean(at, removeHair)
  if (household.tidy && random.chance(0.04)) {
    const share = random.between(0.5, 0.85)
    filter.clean(at, (part) => cleanFilter(part, share))
  }
}

/** The floor under the brush for some minutes. */
interface FloorPatch {
  loadPct: number
  /** Motor current on a bare floor, A. */
  bareA?: number
}

/** Return carpet or bare floor, with the drag of the hair; load grows in proportion to current. */
function sampleFloorPatch({ household, brush, random }: Vacuum): FloorPatch {
  const { cleanA } = brush.part
  const dragA = brush.trueValue() - cleanA
  const onCarpet = random.chance(household.carpetShare)
  const floorPct = onCarpet ? 58 + 5 * random.normal() : 32 + 3 * random.normal()
  const loadPct = Math.min(100, Math.max(5, floorPct + bareLoadPct * dragA))
  return onCarpet ? { loadPct } : { loadPct, bareA: (cleanA * floorPct) / bareLoadPct + dragA }
}

/** Return the pack voltage under load, V: a linear open-circuit voltage less the drop over the aged resistance. */
function packVoltageV(cell: Cell, charge: number): number {
  const worn = 1 + 3 * (cell.calendarLoss + cell.cycleLoss)
  return cellsInSeries * (3.45 + 0.68 * charge - 0.05 * worn)
}

/** Return the factor of dust in the dusty months: spring and the heating season. */
function pollenFactor(ts: number): number {
  return -seasonalFactor(ts + 30 * dayMs)
}
