import type { StricterValues } from './detector.ts'

/** Multiply by each factor, to 3 significant digits. */
export function scaledBy(...factors: number[]): StricterValues {
  return (value) => factors.map((factor) => round(value * factor))
}

/** Raise a limit by 2.5, 5 and 10 % of its size. A limit of 0 has no size, so it stays. */
export const shiftedUp: StricterValues = (value) => shiftedBy(value, 1)

/** Lower a limit by 2.5, 5 and 10 % of its size. A limit of 0 has no size, so it stays. */
export const shiftedDown: StricterValues = (value) => shiftedBy(value, -1)

/** Return 0.85, 0.9 and 0.95, where they are above the present confidence. */
export const higherConfidence: StricterValues = (value) =>
  [0.85, 0.9, 0.95].filter((confidence) => confidence > value)

function shiftedBy(value: number, sign: 1 | -1): number[] {
  return [0.025, 0.05, 0.1].map((share) => round(value + sign * share * Math.abs(value)))
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
