import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { locatePosition, readStreamPlace } from '../../store/journal/history/locate-position.ts'
import { JournalNewerError } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { entries, finding, readRetained } from '../../store/journal/testing/entries.ts'
import { migrate } from '../../store/records/migrate.ts'
import { loadJournalPosition, saveJournalPosition } from '../../store/records/positions/journal-positions.ts'
import { acquireRecords } from '../../store/records/testing/records-pool.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { openInstance } from '../../store/series/duckdb/open.ts'
import { SeriesNewerError } from '../../store/series/series.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-upgrade-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
})

const openJournal = () =>
  openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 1_000 })
const openSeries = () => openDuckDbSeries({ path: join(dir, 'series.duckdb') })

describe('a data folder from before positions had a history', () => {
  beforeEach(() => {
    execFileSync('tar', ['-xzf', join(import.meta.dirname, 'before-positions.tar.gz'), '-C', dir])
  })

  it('is continued where each consumer was, and has a history from then on', async () => {
    const journal = await openJournal()
    const series = await openSeries()
    expect((await readRetained(journal)).entries).toEqual(entries(0, 20))
    expect(await journal.tally()).toEqual({ received: 20, stored: 20 })
    expect(await journal.facts('device/')).toHaveProperty('size', 1)
    expect(await (await journal.consumer('records', 'telemetry')).cursor()).toBe(12)
    const relay = await journal.consumer('relay', 'findings')
    expect((await relay.read(await relay.cursor(), 10, AbortSignal.abort())).entries).toEqual([
      finding('f-2'),
    ])
    const position = await series.position()
    expect(position).toEqual({ cursor: 15, history: '' })
    expect(locatePosition(position, await readStreamPlace(journal, 'telemetry'))).toEqual({
      start: 15,
      gaps: [],
    })
    expect(await series.count()).toBe(15)
    const { journal: id, openings } = journal.history()
    expect(openings).toMatchObject([{ heads: { telemetry: 20, findings: 2 } }])
    await journal.close()
    await series.close()
    const again = await openJournal()
    expect(again.history().journal).toBe(id)
    await again.close()
  })
})

it('records from before positions use those of the journal; new records begin at 0', async () => {
  const records = await acquireRecords('PGlite')
  onTestFinished(() => records.close())
  expect(await loadJournalPosition(records.db, 'records')).toEqual({ cursor: 0, history: '' })
  await records.pool.query(`
    insert into devices (id, kind, first_seen, updated_at) values ('d', 'phone', now(), now());
    drop table journal_positions; drop table failed_findings;
    delete from kysely_migration where name = '0007-journal-positions'`)
  expect(await migrate(records.db)).toEqual(['0007-journal-positions'])
  expect(await loadJournalPosition(records.db, 'records')).toBeUndefined()
  await saveJournalPosition(records.db, { consumer: 'records', cursor: 7, history: 'j|', at: new Date() })
  expect(await loadJournalPosition(records.db, 'records')).toEqual({ cursor: 7, history: 'j|' })
})

describe('a data folder of a newer program is refused with a message', () => {
  it('the journal', async () => {
    await (await openJournal()).close()
    const env = open({ path: join(dir, 'journal'), noSubdir: false })
    await env.openDB('identity', {}).put('format', '9')
    await env.close()
    await expect(openJournal()).rejects.toThrow(JournalNewerError)
    await expect(openJournal()).rejects.toThrow(
      /made by a newer Forewarn \(its format is 9, this version knows 2\)/,
    )
  })

  it('the series', async () => {
    await (await openSeries()).close()
    const instance = await openInstance(join(dir, 'series.duckdb'), {})
    const connection = await instance.connect()
    await connection.run('UPDATE format SET version = 2')
    connection.closeSync()
    instance.closeSync()
    await expect(openSeries()).rejects.toThrow(SeriesNewerError)
    await expect(openSeries()).rejects.toThrow(/made by a newer Forewarn \(their format is 2/)
  })
})
