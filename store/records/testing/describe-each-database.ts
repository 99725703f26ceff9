import { afterAll, beforeAll, describe } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import type { RecordsStore } from '../records-store.ts'
import { acquireRecords, type DatabaseKind } from './records-pool.ts'

/** Run the same tests over an empty PGlite in memory and over an empty database of a real PostgreSQL. */
export function describeEachDatabase(name: string, tests: (records: () => RecordsStore) => void): void {
  const suiteFor = (kind: DatabaseKind) => () => {
    let records: RecordsStore
    beforeAll(async () => {
      records = await acquireRecords(kind)
    })
    afterAll(() => records?.close())
    tests(() => records)
  }
  describe(`${name}, PGlite`, suiteFor('PGlite'))
  describe.skipIf(findExecutable('postgres') === undefined)(`${name}, PostgreSQL`, suiteFor('PostgreSQL'))
}
