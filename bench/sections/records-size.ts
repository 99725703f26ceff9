import { join } from 'node:path'
import { sql } from 'kysely'
import { openRecords } from '../../store/records/records-store.ts'
import { Phones } from '../load/phones.ts'
import { ForewarnProgram, rulesOfPhones } from '../subjects/forewarn/forewarn-program.ts'

export interface TableSize {
  table: string
  rows: number
  /** With its indexes. */
  bytes: number
}

const phonesCount = 400
const seconds = 20
const timeoutMs = 180_000

/** Not all notices of the phones arrived, so the tables are not what they should be. */
class NoticesMissingError extends Error {
  override readonly name = 'NoticesMissingError'
}

/**
 * Let phones raise a finding each, with ticket and notice, and return the sizes of the records' tables that have a row for each.
 * @throws NoticesMissingError
 */
export async function measureRecordsSize(): Promise<{ findings: number; tables: TableSize[] }> {
  const program = await ForewarnProgram.start({ env: rulesOfPhones })
  try {
    const phones = await Phones.connect(program.mqttUrl, phonesCount)
    const all = { first: 0, count: phonesCount }
    await phones.becomeHot({ ...all, seconds })
    const { latenciesMs } = await phones.awaitNotices(all, timeoutMs)
    await phones.close()
    if (latenciesMs.length < phonesCount) {
      throw new NoticesMissingError(`${latenciesMs.length} of ${phonesCount} notices arrived`)
    }
    await program.end()
    return { findings: phonesCount, tables: await readSizes(join(program.dataDir, 'records')) }
  } finally {
    await program.remove()
  }
}

async function readSizes(dir: string): Promise<TableSize[]> {
  const records = await openRecords({
    dir,
    onError: (error) => {
      throw error
    },
  })
  const { rows } = await sql<{ name: string; bytes: number }>`
    SELECT relname AS name, pg_total_relation_size(oid)::float8 AS bytes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`.execute(
    records.db,
  )
  const tables: TableSize[] = []
  for (const { name, bytes } of rows) {
    const counted = await sql<{ n: number }>`SELECT count(*)::float8 AS n FROM ${sql.table(name)}`.execute(
      records.db,
    )
    const count = counted.rows[0]?.n ?? 0
    if (count >= phonesCount) tables.push({ table: name, rows: count, bytes })
  }
  await records.close()
  return tables
}
