import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal } from '../../store/journal/journal.ts'
import { journalFormat } from '../../store/journal/journal.ts'
import type { Partitions } from '../../store/journal/partitions.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { type SeriesStore, seriesFormat } from '../../store/series/series.ts'
import { type BackupManifest, writeManifest } from './manifest.ts'

export interface BackupSources {
  partitions: Partitions
  series: Pick<SeriesStore, 'copyTo'>
  records: Pick<RecordsStore, 'copyTo'>
}

export interface CreateBackupOptions extends BackupSources {
  /** Folder to create. */
  folder: string
  version: string
  now(): number
  /** Called before each step. */
  onStep(step: BackupStep): void
}

type BackupStep = 'records' | 'series' | 'journal' | 'manifest'

/**
 * Copy all embedded stores while they are in use. Records and series come first, the journal last: so no store is ahead of
 * the journal, and what it is behind the journal's copy has, because the journal trims nothing meanwhile.
 * @returns the manifest
 * @throws errors of the file system; an incomplete folder is removed
 */
export async function createBackup(options: CreateBackupOptions): Promise<BackupManifest> {
  const { partitions, folder } = options
  await mkdir(folder, { recursive: true })
  const releases = partitions.flatMap(({ copying }) =>
    copying === undefined ? [] : [copying.holdTrimming()],
  )
  try {
    return await copyStores(options)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await Promise.all(releases.map((release) => release()))
  }
}

async function copyStores(options: CreateBackupOptions): Promise<BackupManifest> {
  const { partitions, series, records, folder, version, now, onStep } = options
  const [journal]: readonly Journal[] = partitions
  const copies: Record<string, ((target: string) => Promise<void>) | undefined> = {
    records: records.copyTo,
    'series.duckdb': series.copyTo?.bind(series),
    journal: journal?.copying?.copyTo,
  }
  const parts: string[] = []
  const external: string[] = []
  for (const [name, copy] of Object.entries(copies)) {
    const step = name.split('.')[0] as BackupStep
    if (copy === undefined) {
      external.push(step)
      continue
    }
    onStep(step)
    await copy(join(folder, name))
    parts.push(step)
  }
  onStep('manifest')
  const createdAt = new Date(now()).toISOString()
  return writeManifest(folder, { version, journalFormat, seriesFormat, createdAt, parts, external })
}
