import type { Random } from '../random.ts'
import {
  type Anode,
  accelerateAnode,
  anodeCurrentMa,
  depletedCurrentMa,
  newAnode,
  usedAnode,
  wornAnode,
} from '../wear/anode.ts'
import {
  accelerateBrushMotor,
  type BrushMotor,
  brushRpm,
  newBrushMotor,
  nominalBrushLoad,
  usedBrushMotor,
} from '../wear/brush-motor.ts'
import {
  accelerateCondenser,
  type Condenser,
  foulingFactor,
  foulingLimit,
  newCondenser,
  usedCondenser,
  washCondenser,
  wornCondenser,
} from '../wear/condenser.ts'
import {
  accelerateSeal,
  type DoorSeal,
  dutyLimitPct,
  newSeal,
  sealDutyPct,
  usedSeal,
} from '../wear/door-seal.ts'
import {
  accelerateBearing,
  bearingVibrationG,
  type DrumBearing,
  newBearing,
  nominalSpinRpm,
  usedBearing,
} from '../wear/drum-bearing.ts'
import {
  accelerateFilter,
  type DustFilter,
  type FilterDesign,
  filterPressureDropPa,
  newFilter,
  usedFilter,
} from '../wear/dust-filter.ts'
import {
  accelerateLeadAcid,
  crankingLimitV,
  crankingVoltageV,
  type LeadAcidBattery,
  newLeadAcid,
  usedLeadAcid,
} from '../wear/lead-acid.ts'
import {
  accelerateCell,
  type Cell,
  type CellProfile,
  type CellUsage,
  cellHealthPct,
  newCell,
  usedCell,
} from '../wear/li-ion-cell.ts'
import {
  accelerateTrap,
  clearTrap,
  cloggedDrainTimeS,
  drainTimeS,
  type LintTrap,
  newTrap,
  usedTrap,
} from '../wear/lint-trap.ts'
import { accelerateLeak, chargeEffect, newCircuit, type RefrigerantCircuit } from '../wear/refrigerant.ts'
import {
  accelerateBrush,
  brushCurrentA,
  newBrush,
  removeHair,
  usedBrush,
  type WrappedBrush,
  wrappedCurrentA,
} from '../wear/wrapped-brush.ts'
import type { PartDesign } from './part-slot.ts'

/** Phones of real owners last longer than the laboratory cells of the source. */
const handheldCell: CellProfile = { agingRate: 0.8, limitPct: 80 }
/** Reaches the 70 % at which warranties end in about ten to fifteen years. */
const tractionCell: CellProfile = { agingRate: 1.25, limitPct: 70 }

/** @param usual one day of usual use, by which the cell has aged when the simulation starts */
export function battery(usual: CellUsage): PartDesign<Cell> {
  return {
    component: 'battery',
    metric: 'battery_health_pct',
    failureDirection: 'below',
    limit: () => handheldCell.limitPct,
    trueValue: cellHealthPct,
    build: (age, random) =>
      age === 'used' ? usedCell(random, handheldCell, usual) : newCell(random, handheldCell),
    accelerate: accelerateCell,
    repairPolicy: { by: 'replacement', probability: 0.6, days: [5, 60] },
  }
}

/** @param usual as for `battery` */
export function tractionBattery(usual: CellUsage): PartDesign<Cell> {
  return {
    component: 'traction_battery',
    metric: 'traction_soh_pct',
    failureDirection: 'below',
    limit: () => tractionCell.limitPct,
    trueValue: cellHealthPct,
    build: (age, random) =>
      age === 'used' ? usedCell(random, tractionCell, usual) : newCell(random, tractionCell),
    buildWorn: (random) => usedCell(random, tractionCell, usual, [0.9, 0.98]),
    accelerate: accelerateCell,
    repairPolicy: { by: 'replacement', probability: 0.4, days: [20, 90] },
  }
}

export const starterBattery: PartDesign<LeadAcidBattery> = {
  component: 'battery_12v',
  metric: 'battery_12v_cranking_v',
  failureDirection: 'below',
  limit: () => crankingLimitV,
  trueValue: (part) => crankingVoltageV(part, 20),
  build: (age, random) => (age === 'used' ? usedLeadAcid(random) : newLeadAcid(random)),
  buildWorn: (random) => ({ ...newLeadAcid(random), wear: random.between(0.75, 0.95) }),
  accelerate: accelerateLeadAcid,
  repairPolicy: { by: 'replacement', probability: 0.9, days: [2, 30] },
}

export const brushMotor: PartDesign<BrushMotor> = {
  component: 'main_brush_motor',
  metric: 'main_brush_rpm',
  failureDirection: 'below',
  limit: (motor) => 0.85 * motor.newRpm,
  trueValue: (motor) => brushRpm(motor, nominalBrushLoad),
  build: (age, random) => (age === 'used' ? usedBrushMotor(random) : newBrushMotor(random)),
  accelerate: accelerateBrushMotor,
  repairPolicy: { by: 'replacement', probability: 0.7, days: [4, 30] },
}

export const mainBrush: PartDesign<WrappedBrush> = {
  component: 'main_brush',
  metric: 'brush_current_a',
  failureDirection: 'above',
  limit: () => wrappedCurrentA,
  trueValue: brushCurrentA,
  build: (age, random) => (age === 'used' ? usedBrush(random) : newBrush(random)),
  accelerate: accelerateBrush,
  repairPolicy: { by: 'cleaning', probability: 0.95, days: [1, 12], clean: removeHair },
}

export function filter(design: FilterDesign): PartDesign<DustFilter> {
  return {
    component: 'filter',
    metric: 'filter_dp_pa',
    failureDirection: 'above',
    limit: () => design.limitPa,
    trueValue: (part) => filterPressureDropPa(part, 1),
    build: (age, random) => (age === 'used' ? usedFilter(design, random) : newFilter(design, random)),
    accelerate: accelerateFilter,
    repairPolicy: { by: 'replacement', probability: 0.85, days: [2, 15] },
  }
}

/** Compressor current with a clean condenser at 32 °C outside, A. */
const nominalCurrentA = 4.7

export const condenser: PartDesign<Condenser> = {
  component: 'compressor',
  metric: 'compressor_current_a',
  failureDirection: 'above',
  limit: () => nominalCurrentA * foulingLimit,
  trueValue: (part) => nominalCurrentA * foulingFactor(part),
  build: (age, random) => (age === 'used' ? usedCondenser(random) : newCondenser(random)),
  buildWorn: wornCondenser,
  accelerate: accelerateCondenser,
  repairPolicy: { by: 'cleaning', probability: 0.6, days: [10, 60], clean: washCondenser },
}

export const drumBearing: PartDesign<DrumBearing> = {
  component: 'drum_motor',
  metric: 'drum_vibration_g',
  failureDirection: 'above',
  limit: () => 2.0,
  trueValue: (bearing) => bearingVibrationG(bearing, nominalSpinRpm),
  build: (age, random) => (age === 'used' ? usedBearing(random) : newBearing(random)),
  buildWorn: (random) => ({ ...newBearing(random), loadsToSpall: random.between(0, 150) }),
  accelerate: accelerateBearing,
  repairPolicy: { by: 'replacement', probability: 0.8, days: [4, 25] },
}

export const lintTrap: PartDesign<LintTrap> = {
  component: 'drain_pump',
  metric: 'drain_time_s',
  failureDirection: 'above',
  limit: () => cloggedDrainTimeS,
  trueValue: drainTimeS,
  build: (age, random) => (age === 'used' ? usedTrap(random) : newTrap(random)),
  accelerate: accelerateTrap,
  repairPolicy: { by: 'cleaning', probability: 0.9, days: [2, 20], clean: clearTrap },
}

export const doorSeal: PartDesign<DoorSeal> = {
  component: 'door_seal',
  metric: 'compressor_duty_pct',
  failureDirection: 'above',
  limit: () => dutyLimitPct,
  trueValue: sealDutyPct,
  build: (age, random) => (age === 'used' ? usedSeal(random) : newSeal(random)),
  buildWorn: (random) => ({ ...newSeal(random), compressionSet: random.between(0.88, 0.97) }),
  accelerate: accelerateSeal,
  repairPolicy: { by: 'replacement', probability: 0.6, days: [10, 40] },
}

export const sealedCircuit: PartDesign<RefrigerantCircuit> = {
  component: 'compressor',
  metric: 'compressor_current_a',
  failureDirection: 'below',
  limit: (part) => 0.85 * part.fullChargeCurrentA,
  trueValue: (part) => part.fullChargeCurrentA * chargeEffect(part).current,
  build: (_age, random) => newCircuit(random),
  buildWorn: (random) => ({
    ...newCircuit(random),
    daysToLeak: random.between(0, 150),
    daysToFail: random.between(90, 250),
  }),
  accelerate: accelerateLeak,
  repairPolicy: { by: 'replacement', probability: 0.8, days: [3, 20] },
}

export function anode(conductivityUsCm: number): PartDesign<Anode> {
  return {
    component: 'anode',
    metric: 'anode_current_ma',
    failureDirection: 'below',
    limit: () => depletedCurrentMa,
    trueValue: (part) => anodeCurrentMa(part, conductivityUsCm),
    build: (age: 'used' | 'new', random: Random) =>
      age === 'used' ? usedAnode(conductivityUsCm, random) : newAnode(conductivityUsCm, random),
    buildWorn: (random) => wornAnode(conductivityUsCm, random),
    accelerate: accelerateAnode,
    repairPolicy: { by: 'replacement', probability: 0.6, days: [14, 90] },
  }
}
