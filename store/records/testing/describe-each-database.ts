import { afterAll, beforeAll, describe } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { startPostgres } from '../../../test/support/postgres.ts'
import { openRecords, type RecordsStore } from '../records-store.ts'

interface Database {
  options: { url?: string }
  stop(): Promise<void>
}

/** Runs the same tests over an empty PGlite in memory and over a real PostgreSQL. */
export function describeEachDatabase(name: string, tests: (records: () => RecordsStore) => void): void {
  const server = findExecutable('postgres')
  const suiteFor = (start: () => Promise<Database>) => () => {
    let database: Database
    let records: RecordsStore
    beforeAll(async () => {
      database = await start()
      records = await openRecords({ ...database.options, onError })
    })
    afterAll(async () => {
      await records?.close()
      await database?.stop()
    })
    tests(() => records)
  }
  describe(
    `${name}, PGlite`,
    suiteFor(async () => ({ options: {}, stop: async () => {} })),
  )
  describe.skipIf(server === undefined)(
    `${name}, PostgreSQL`,
    suiteFor(async () => {
      const { url, stop } = await startPostgres(server ?? '')
      return { options: { url }, stop }
    }),
  )
}

function onError(error: Error): never {
  throw error
}
