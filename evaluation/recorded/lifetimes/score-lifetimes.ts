import { join } from 'node:path'
import { cmapss } from '../engines/cmapss.ts'
import { isFolder } from '../folders.ts'
import { alignColumns } from '../tables/align-columns.ts'
import type { TableScore } from '../tables/table-score.ts'
import { diskSmart } from './disk-smart.ts'
import { lifeEvents } from './life-events.ts'
import type { LifetimeDataset } from './lifetime-dataset.ts'

/** Datasets of lifetimes to score by probabilities: a new dataset is one line here. */
export const lifetimeDatasets: readonly LifetimeDataset[] = [lifeEvents, diskSmart, cmapss]

export interface ScoredLifetimes {
  dataset: LifetimeDataset
  score: TableScore
}

/**
 * Score a dataset in a folder of datasets.
 * @param trainingData folder of the datasets to learn from; the same folder: its units are left out in folds
 * @throws FieldDataError
 */
export async function scoreLifetimes(
  dataset: LifetimeDataset,
  data: string,
  trainingData: string,
): Promise<ScoredLifetimes> {
  const training = join(trainingData, dataset.name)
  const hasOthers = trainingData !== data && (await isFolder(training))
  return { dataset, score: await dataset.score(join(data, dataset.name), hasOthers ? training : undefined) }
}

/** Return a dataset as lines of text for a terminal. */
export function lifetimesTable({ dataset: { title, name }, score }: ScoredLifetimes): string {
  return [
    `${title} (${name})`,
    ...[...alignColumns(score.rows), ...score.remarks].map((line) => `  ${line}`),
  ].join('\n')
}
