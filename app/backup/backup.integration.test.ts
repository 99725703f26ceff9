import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { journalFormat } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { entries, readRetained } from '../../store/journal/testing/entries.ts'
import { openRecords } from '../../store/records/records-store.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { createBackup } from './create-backup.ts'
import { restoreBackup } from './restore-backup.ts'

const onError = (error: Error) => {
  throw error
}

let home: string
let folder: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'forewarn-backup-'))
  return () => rm(home, { recursive: true, force: true })
})

/** Restore it to `target`, quietly or not. */
function restore(target: string, quiet = false) {
  return restoreBackup({ folder, dataDir: join(home, target), quiet, onFile: () => undefined })
}

describe('a backup of stores that are in use', () => {
  beforeAll(async () => {
    const dataDir = join(home, 'data')
    folder = join(home, 'backup')
    const journal = await openLmdbJournal({
      dir: join(dataDir, 'journal'),
      maxBytes: 10_000_000,
      keepEntries: 0,
    })
    const series = await openDuckDbSeries({ path: join(dataDir, 'series.duckdb') })
    const records = await openRecords({ dir: join(dataDir, 'records'), onError })
    await journal.append('telemetry', entries(0, 100))
    const consumer = await journal.consumer('series', 'telemetry')
    await series.write(
      entries(0, 60).map(({ reading }) => reading),
      60,
    )
    await records.pool.query(`insert into owners (id, created_at) values ('ada', now())`)
    const steps: string[] = []
    const onStep = (step: string) => {
      steps.push(step)
    }
    const sources = { partitions: [journal] as const, series, records }
    const backup = createBackup({ ...sources, folder, version: '1.2.3', now: Date.now, onStep })
    // The journal goes on while it is copied, and must not trim what the copy of the series lacks.
    await journal.append('telemetry', entries(100, 200))
    await consumer.commit({ cursor: 200 })
    const manifest = await backup
    expect(steps).toEqual(['records', 'series', 'journal', 'manifest'])
    expect(manifest).toMatchObject({ version: '1.2.3', parts: steps.slice(0, 3), external: [] })
    await journal.append('telemetry', entries(200, 201))
    await Promise.all([journal.close(), series.close(), records.close()])
  })

  it('is restored to a folder whose stores can be opened, none ahead of the journal', async () => {
    await restore('restored')
    const dir = join(home, 'restored')
    const journal = await openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 0 })
    const series = await openDuckDbSeries({ path: join(dir, 'series.duckdb') })
    const records = await openRecords({ dir: join(dir, 'records'), onError })
    const { from, next } = await readRetained(journal)
    const cursor = await series.cursor()
    expect(await series.count()).toBe(60)
    expect(from).toBeLessThanOrEqual(cursor)
    expect(next).toBeGreaterThanOrEqual(100)
    expect((await records.pool.query('select id from owners')).rows).toEqual([{ id: 'ada' }])
    await Promise.all([journal.close(), series.close(), records.close()])
  })

  it('is not restored over data', async () => {
    await mkdir(join(home, 'used'))
    await writeFile(join(home, 'used', 'file'), 'data')
    await expect(restore('used')).rejects.toThrow(/is not empty: a restore replaces nothing/)
  })

  it('is restored into an empty folder, which may be a mount point, and after an interrupted restore', async () => {
    const dir = join(home, 'empty')
    await mkdir(join(dir, 'restoring', 'journal'), { recursive: true })
    const { ino } = await stat(dir)
    await restore('empty', true)
    expect((await stat(dir)).ino).toBe(ino)
    expect((await readdir(dir)).sort()).toEqual(['journal', 'records', 'restored-quietly', 'series.duckdb'])
    expect(await readFile(join(dir, 'restored-quietly'), 'utf8')).toContain('T')
  })

  describe('that was damaged', () => {
    let original: Buffer
    const file = () => join(folder, 'series.duckdb')
    beforeEach(async () => {
      original = await readFile(file())
      onTestFinished(() => writeFile(file(), original))
    })

    it.each([
      ['is shorter', () => truncate(file(), 100), /series.duckdb has 100 bytes, and the manifest says/],
      ['is missing', () => rm(file()), /series.duckdb is missing/],
      [
        'has another content',
        () => writeFile(file(), Buffer.alloc(original.length)),
        /series.duckdb was changed or damaged/,
      ],
    ])('is refused where a file %s', async (_, damage, message) => {
      await damage()
      await expect(restore('damaged')).rejects.toThrow(message)
    })
  })

  it('of a newer program is refused, and so is a folder that is no backup', async () => {
    const manifest = join(folder, 'manifest.json')
    const text = await readFile(manifest, 'utf8')
    onTestFinished(() => writeFile(manifest, text))
    await writeFile(manifest, text.replace('"format": 1', '"format": 2'))
    await expect(restore('newer')).rejects.toThrow('made by a newer Forewarn (format 2')
    await writeFile(manifest, text.replace(`"journalFormat": ${journalFormat}`, '"journalFormat": 9'))
    await expect(restore('newer')).rejects.toThrow('made by a newer Forewarn (1.2.3)')
    await rm(manifest)
    await expect(restore('newer')).rejects.toThrow('is no backup: it has no manifest.json')
  })
})
