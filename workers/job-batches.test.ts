import { expect, test } from 'vitest'
import { batchJobs } from './job-batches.ts'

const job = (id: string, length: number) => ({ id, data: 'x'.repeat(length - 2) })

function idsOf(batches: { id: string }[][]): string[] {
  return batches.map((batch) => batch.map(({ id }) => id).join(''))
}

test('jobs are added in batches whose data fits, in order; one that does not is alone', () => {
  const jobs = [job('a', 40), job('b', 60), job('c', 50), job('d', 200), job('e', 10), job('f', 10)]
  expect(idsOf(batchJobs(jobs, 100))).toEqual(['ab', 'c', 'd', 'ef'])
  expect(batchJobs([], 100)).toEqual([])
})
