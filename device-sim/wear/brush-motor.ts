import type { Random } from '../random.ts'

/** The motor of a main brush, with carbon brushes that wear. */
export interface BrushMotor {
  /** Speed when new at nominal load and voltage, r/min. */
  newRpm: number
  /** Share of the usable brush length that is worn. */
  wear: number
  /** Hours at nominal load until it is used up. */
  lifeHours: number
}

export interface BrushLoad {
  loadPct: number
  batteryV: number
}

export const nominalBrushLoad: BrushLoad = { loadPct: 40, batteryV: 14.4 }

/** Where the springs reach their stop: from there on the brushes arc, and the motor barely turns. */
const maxWear = 1.25

export function newBrushMotor(random: Random): BrushMotor {
  return { newRpm: 1500 * (1 + 0.015 * random.normal()), wear: 0, lifeHours: 420 * random.lognormal(0.35) }
}

export function usedBrushMotor(random: Random): BrushMotor {
  return { ...newBrushMotor(random), wear: random.between(0.1, 0.92) }
}

/**
 * Wear the brushes: in proportion to sliding distance times force (Archard 1953; for carbon brushes R. Holm, "Electric
 * Contacts", 1967), so to hours times load; gamma increments, because wear is uneven and never heals
 * (J. M. van Noortwijk, "A survey of the application of gamma processes in maintenance", 2009).
 */
export function wearBrushMotor(
  motor: BrushMotor,
  run: { hours: number; meanLoadPct: number },
  random: Random,
): BrushMotor {
  const stress = run.meanLoadPct / nominalBrushLoad.loadPct
  const wear = motor.wear + (stress * run.hours * random.gamma(2)) / motor.lifeHours
  return { ...motor, wear: Math.min(maxWear, wear) }
}

/**
 * Return the speed under a load, r/min. The speed constant falls slowly while the brushes wear, then fast when their springs
 * slacken and the contact resistance rises: 1 − 0.03 w − 0.14 w⁴ (the form is our choice; brushes at the end of their
 * length lose about 15–20 %). Speed falls with torque as in any permanent-magnet motor, and partly with the sagging
 * battery: the pulse width of the drive compensates about two thirds.
 */
export function brushRpm(motor: BrushMotor, load: BrushLoad): number {
  const worn = 1 - 0.03 * motor.wear - 0.14 * motor.wear ** 4
  const torque = 1 - 0.0022 * (load.loadPct - nominalBrushLoad.loadPct)
  const sag = (load.batteryV / nominalBrushLoad.batteryV) ** 0.35
  return motor.newRpm * worn * torque * sag
}

/** Let the brushes wear faster: arcs have roughened the commutator (R. Holm, "Electric Contacts", 1967, on brush wear with sparking). */
export function accelerateBrushMotor(motor: BrushMotor, factor: number): BrushMotor {
  return { ...motor, lifeHours: motor.lifeHours / factor }
}
