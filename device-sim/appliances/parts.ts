import type { Random } from '../random.ts'
import {
  type BrushMotor,
  brushRpm,
  newBrushMotor,
  nominalBrushLoad,
  usedBrushMotor,
} from '../wear/brush-motor.ts'
import { bearingG, type DrumBearing, newBearing, nominalSpinRpm, usedBearing } from '../wear/drum-bearing.ts'
import {
  type DustFilter,
  type FilterDesign,
  filterDropPa,
  newFilter,
  usedFilter,
} from '../wear/dust-filter.ts'
import { type Cell, type CellUse, cellHealthPct, newCell, usedCell } from '../wear/li-ion-cell.ts'
import type { PartDesign } from './part-slot.ts'

/** @param usual a day of usual use: under it the cell has grown as old as it is when the simulation starts */
export function battery(usual: CellUse): PartDesign<Cell> {
  return {
    component: 'battery',
    metric: 'battery_health_pct',
    worse: 'below',
    limit: () => 80,
    truth: cellHealthPct,
    build: (age: 'used' | 'new', random: Random) =>
      age === 'used' ? usedCell(random, usual) : newCell(random),
    replacement: { probability: 0.6, days: [5, 60] },
  }
}

export const brushMotor: PartDesign<BrushMotor> = {
  component: 'main_brush_motor',
  metric: 'main_brush_rpm',
  worse: 'below',
  limit: (motor) => 0.85 * motor.newRpm,
  truth: (motor) => brushRpm(motor, nominalBrushLoad),
  build: (age, random) => (age === 'used' ? usedBrushMotor(random) : newBrushMotor(random)),
  replacement: { probability: 0.7, days: [4, 30] },
}

export function filter(design: FilterDesign): PartDesign<DustFilter> {
  return {
    component: 'filter',
    metric: 'filter_dp_pa',
    worse: 'above',
    limit: () => design.limitPa,
    truth: (part) => filterDropPa(part, 1),
    build: (age, random) => (age === 'used' ? usedFilter(design, random) : newFilter(design, random)),
    replacement: { probability: 0.85, days: [2, 15] },
  }
}

export const drumBearing: PartDesign<DrumBearing> = {
  component: 'drum_motor',
  metric: 'drum_vibration_g',
  worse: 'above',
  limit: () => 2.0,
  truth: (bearing) => bearingG(bearing, nominalSpinRpm),
  build: (age, random) => (age === 'used' ? usedBearing(random) : newBearing(random)),
  replacement: { probability: 0.8, days: [4, 25] },
}
