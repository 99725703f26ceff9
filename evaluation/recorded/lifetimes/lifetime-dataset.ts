import type { TableScore } from '../tables/table-score.ts'

/** Dataset of lifetimes that is scored by probabilities instead of dates. */
export interface LifetimeDataset {
  /** Name of its folder. */
  name: string
  title: string
  /**
   * Score the units of a folder, each without itself among those that it is predicted from.
   * @param training folder of other units to learn from; undefined: five folds of the units of `folder`, by hash
   * @throws FieldDataError when a file is missing or malformed
   */
  score(folder: string, training: string | undefined): Promise<TableScore>
}
