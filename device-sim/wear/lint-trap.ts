import type { Random } from '../random.ts'

/** The lint trap before a drain pump. */
export interface LintTrap {
  /** Time to pump out a usual load when clear, s. */
  clearDrainTimeS: number
  /** Lint so far, as a share of the amount at failure. */
  lint: number
  /** Loads until it is clogged. */
  loadsToClog: number
}

export const cloggedDrainTimeS = 150

export function newTrap(random: Random): LintTrap {
  return { clearDrainTimeS: 60 * random.lognormal(0.05), lint: 0, loadsToClog: 160 * random.lognormal(0.3) }
}

export function usedTrap(random: Random): LintTrap {
  return { ...newTrap(random), lint: random.between(0, 0.85) }
}

export function accumulateLint(trap: LintTrap, random: Random): LintTrap {
  return { ...trap, lint: trap.lint + random.gamma(2) / trap.loadsToClog }
}

export function clearTrap(trap: LintTrap): LintTrap {
  return { ...trap, lint: 0.05 * trap.lint }
}

/**
 * Return the time to pump out a usual load, s. At a given head the flow through an orifice is proportional to its free
 * area, so the time to its inverse; lint covers it in proportion. That 60 % covered counts as clogged, and how many loads
 * that takes, is our choice: manufacturers ask owners to clear the trap every two or three months.
 */
export function drainTimeS({ clearDrainTimeS, lint }: LintTrap): number {
  return clearDrainTimeS / (1 - 0.6 * Math.min(1.4, lint))
}

/** Let the trap clog faster: something that was left in a pocket holds back the lint (our choice). */
export function accelerateTrap(trap: LintTrap, factor: number): LintTrap {
  return { ...trap, loadsToClog: trap.loadsToClog / factor }
}
