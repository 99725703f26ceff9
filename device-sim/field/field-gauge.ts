import { dayMs } from '../../lib/time.ts'
import { quantize } from '../appliances/appliance.ts'
import type { Random } from '../random.ts'

/** How a sensor of the field measures. Errors are shares of the value. */
export interface FieldGaugeDesign {
  /** Resolution of what is shown. */
  step: number
  /** Mean time between two values that are sent, days; absent: each is. */
  everyDays?: number
  /** Standard deviation of the error that lasts for some time. */
  error: number
  /** Drift in a year, standard deviation over the gauges. */
  driftPerYear: number
  /** Change by another firmware, either way. */
  firmwareChange: number
}

/** Time in which an error falls to a third, days. */
const errorMemoryDays = 12
const meanDaysToRecalibration = 270
/** The wait for the next value is 1 ± this share of the mean. */
const intervalSpread = 0.5

/**
 * A gauge as in the field: its error is autocorrelated, it drifts until somebody recalibrates it, and it shows coarse steps. The error is
 * an Ornstein–Uhlenbeck process (G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36 (1930) 823); drift grows linearly with time, at a
 * rate that differs from gauge to gauge (ISO 10012; J. Bentley, "Principles of Measurement Systems", 2005, chapter 2). All sizes are
 * our choice, after the records of phones, laptops and disks in `field-data`.
 */
export class FieldGauge {
  readonly #design: FieldGaugeDesign
  readonly #random: Random
  #readAt: number
  #error: number
  /** Per day. */
  #drift: number
  #calibratedAt: number
  #recalibrateAt: number
  #nextAt: number
  #firmwareShift = 0

  constructor(design: FieldGaugeDesign, at: number, random: Random) {
    this.#design = design
    this.#random = random
    this.#readAt = at
    this.#error = design.error * random.normal()
    this.#drift = this.#drawDrift()
    this.#calibratedAt = at
    this.#recalibrateAt = at + random.exponential(meanDaysToRecalibration) * dayMs
    this.#nextAt = design.everyDays === undefined ? at : at + random.uniform() * design.everyDays * dayMs
  }

  /** Let another firmware compute the value otherwise. */
  updateFirmware(): void {
    const { firmwareChange } = this.#design
    this.#firmwareShift = this.#random.chance(0.5) ? firmwareChange : -firmwareChange
  }

  /** Return what it shows of a value; undefined where it sends none this time. */
  show(at: number, value: number): number | undefined {
    const { step, everyDays, error } = this.#design
    const memory = Math.exp(-(at - this.#readAt) / (errorMemoryDays * dayMs))
    this.#error = memory * this.#error + error * Math.sqrt(1 - memory ** 2) * this.#random.normal()
    this.#readAt = at
    if (at >= this.#recalibrateAt) this.#recalibrate(at)
    if (at < this.#nextAt) return undefined
    if (everyDays !== undefined)
      this.#nextAt = at + everyDays * this.#random.between(1 - intervalSpread, 1 + intervalSpread) * dayMs
    const drift = (this.#drift * (at - this.#calibratedAt)) / dayMs
    return quantize(value * (1 + this.#error + drift + this.#firmwareShift), step)
  }

  #recalibrate(at: number): void {
    this.#calibratedAt = at
    this.#drift = this.#drawDrift()
    this.#recalibrateAt = at + this.#random.exponential(meanDaysToRecalibration) * dayMs
  }

  #drawDrift(): number {
    return (this.#design.driftPerYear * this.#random.normal()) / 365
  }
}
