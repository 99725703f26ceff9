import type { Random } from '../random.ts'
import { type Anode, anodeMa, newAnode, usedAnode, usedUpMa } from '../wear/anode.ts'
import {
  type BrushMotor,
  brushRpm,
  newBrushMotor,
  nominalBrushLoad,
  usedBrushMotor,
} from '../wear/brush-motor.ts'
import {
  type Condenser,
  fouling,
  foulLimit,
  newCondenser,
  usedCondenser,
  washedCondenser,
} from '../wear/condenser.ts'
import { type DoorSeal, leakingDutyPct, newSeal, sealDutyPct, usedSeal } from '../wear/door-seal.ts'
import { bearingG, type DrumBearing, newBearing, nominalSpinRpm, usedBearing } from '../wear/drum-bearing.ts'
import {
  type DustFilter,
  type FilterDesign,
  filterDropPa,
  newFilter,
  usedFilter,
} from '../wear/dust-filter.ts'
import { crankingV, type LeadAcid, newLeadAcid, usedLeadAcid, weakCrankingV } from '../wear/lead-acid.ts'
import {
  type Cell,
  type CellMake,
  type CellUse,
  cellHealthPct,
  newCell,
  usedCell,
} from '../wear/li-ion-cell.ts'
import { clearedTrap, cloggedS, drainTimeS, type LintTrap, newTrap, usedTrap } from '../wear/lint-trap.ts'
import { chargeEffect, newCircuit, type Refrigerant } from '../wear/refrigerant.ts'
import {
  brushCurrentA,
  cutFree,
  newBrush,
  usedBrush,
  type WrappedBrush,
  wrappedA,
} from '../wear/wrapped-brush.ts'
import type { PartDesign } from './part-slot.ts'

/** Phones of real owners live longer than the laboratory cells of the source. */
const handheld: CellMake = { pace: 0.8, limitPct: 80 }
/** Down to the 70 % at which warranties end, in some ten to fifteen years. */
const traction: CellMake = { pace: 1.25, limitPct: 70 }

/** @param usual a day of usual use: under it the cell has grown as old as it is when the simulation starts */
export function battery(usual: CellUse): PartDesign<Cell> {
  return {
    component: 'battery',
    metric: 'battery_health_pct',
    worse: 'below',
    limit: () => handheld.limitPct,
    truth: cellHealthPct,
    build: (age, random) => (age === 'used' ? usedCell(random, handheld, usual) : newCell(random, handheld)),
    remedy: { by: 'replacement', probability: 0.6, days: [5, 60] },
  }
}

/** @param usual as of `battery` */
export function tractionBattery(usual: CellUse): PartDesign<Cell> {
  return {
    component: 'traction_battery',
    metric: 'traction_soh_pct',
    worse: 'below',
    limit: () => traction.limitPct,
    truth: cellHealthPct,
    build: (age, random) => (age === 'used' ? usedCell(random, traction, usual) : newCell(random, traction)),
    remedy: { by: 'replacement', probability: 0.4, days: [20, 90] },
  }
}

export const starterBattery: PartDesign<LeadAcid> = {
  component: 'battery_12v',
  metric: 'battery_12v_cranking_v',
  worse: 'below',
  limit: () => weakCrankingV,
  truth: (part) => crankingV(part, 20),
  build: (age, random) => (age === 'used' ? usedLeadAcid(random) : newLeadAcid(random)),
  remedy: { by: 'replacement', probability: 0.9, days: [2, 30] },
}

export const brushMotor: PartDesign<BrushMotor> = {
  component: 'main_brush_motor',
  metric: 'main_brush_rpm',
  worse: 'below',
  limit: (motor) => 0.85 * motor.newRpm,
  truth: (motor) => brushRpm(motor, nominalBrushLoad),
  build: (age, random) => (age === 'used' ? usedBrushMotor(random) : newBrushMotor(random)),
  remedy: { by: 'replacement', probability: 0.7, days: [4, 30] },
}

export const mainBrush: PartDesign<WrappedBrush> = {
  component: 'main_brush',
  metric: 'brush_current_a',
  worse: 'above',
  limit: () => wrappedA,
  truth: brushCurrentA,
  build: (age, random) => (age === 'used' ? usedBrush(random) : newBrush(random)),
  remedy: { by: 'cleaning', probability: 0.95, days: [1, 12], clean: cutFree },
}

export function filter(design: FilterDesign): PartDesign<DustFilter> {
  return {
    component: 'filter',
    metric: 'filter_dp_pa',
    worse: 'above',
    limit: () => design.limitPa,
    truth: (part) => filterDropPa(part, 1),
    build: (age, random) => (age === 'used' ? usedFilter(design, random) : newFilter(design, random)),
    remedy: { by: 'replacement', probability: 0.85, days: [2, 15] },
  }
}

/** Of a compressor with a clean condenser at 32 °C outside. */
const nominalCurrentA = 4.7

export const condenser: PartDesign<Condenser> = {
  component: 'compressor',
  metric: 'compressor_current_a',
  worse: 'above',
  limit: () => nominalCurrentA * foulLimit,
  truth: (part) => nominalCurrentA * fouling(part),
  build: (age, random) => (age === 'used' ? usedCondenser(random) : newCondenser(random)),
  remedy: { by: 'cleaning', probability: 0.6, days: [10, 60], clean: washedCondenser },
}

export const drumBearing: PartDesign<DrumBearing> = {
  component: 'drum_motor',
  metric: 'drum_vibration_g',
  worse: 'above',
  limit: () => 2.0,
  truth: (bearing) => bearingG(bearing, nominalSpinRpm),
  build: (age, random) => (age === 'used' ? usedBearing(random) : newBearing(random)),
  remedy: { by: 'replacement', probability: 0.8, days: [4, 25] },
}

export const lintTrap: PartDesign<LintTrap> = {
  component: 'drain_pump',
  metric: 'drain_time_s',
  worse: 'above',
  limit: () => cloggedS,
  truth: drainTimeS,
  build: (age, random) => (age === 'used' ? usedTrap(random) : newTrap(random)),
  remedy: { by: 'cleaning', probability: 0.9, days: [2, 20], clean: clearedTrap },
}

export const doorSeal: PartDesign<DoorSeal> = {
  component: 'door_seal',
  metric: 'compressor_duty_pct',
  worse: 'above',
  limit: () => leakingDutyPct,
  truth: sealDutyPct,
  build: (age, random) => (age === 'used' ? usedSeal(random) : newSeal(random)),
  remedy: { by: 'replacement', probability: 0.6, days: [10, 40] },
}

export const sealedCircuit: PartDesign<Refrigerant> = {
  component: 'compressor',
  metric: 'compressor_current_a',
  worse: 'below',
  limit: (part) => 0.85 * part.fullA,
  truth: (part) => part.fullA * chargeEffect(part).current,
  build: (_age, random) => newCircuit(random),
  remedy: { by: 'replacement', probability: 0.8, days: [3, 20] },
}

export function anode(conductivityUsCm: number): PartDesign<Anode> {
  return {
    component: 'anode',
    metric: 'anode_current_ma',
    worse: 'below',
    limit: () => usedUpMa,
    truth: (part) => anodeMa(part, conductivityUsCm),
    build: (age: 'used' | 'new', random: Random) =>
      age === 'used' ? usedAnode(conductivityUsCm, random) : newAnode(conductivityUsCm, random),
    remedy: { by: 'replacement', probability: 0.6, days: [14, 90] },
  }
}
