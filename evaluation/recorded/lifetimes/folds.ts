import { contentHash } from '../../../rules/files/content-hash.ts'

const folds = 5

/** Return the fold of a unit, 0 … 4, by a hash of its name: it does not depend on the other units. */
function foldOf(unit: string): number {
  return Number.parseInt(contentHash(unit, 8), 16) % folds
}

/** Units to predict, and those that they are predicted from. */
export interface Fold<T> {
  test: readonly T[]
  training: readonly T[]
}

/**
 * Return the folds of the units: five by hash, or with training units of another source a single one, which leaves out
 * training units of the same name.
 */
export function foldsOf<T extends { unit: string }>(
  units: readonly T[],
  others: readonly T[] | undefined,
): Fold<T>[] {
  if (others !== undefined) {
    const names = new Set(units.map(({ unit }) => unit))
    return [{ test: units, training: others.filter(({ unit }) => !names.has(unit)) }]
  }
  return Array.from({ length: folds }, (_, fold) => ({
    test: units.filter(({ unit }) => foldOf(unit) === fold),
    training: units.filter(({ unit }) => foldOf(unit) !== fold),
  })).filter(({ test }) => test.length > 0)
}
