import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDataFolder, newestFileTime } from './data-folder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-doctor-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a folder that is there, and one that will be made', async () => {
  expect(await checkDataFolder(folder, 1)).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('is writable'),
  })
  const missing = join(folder, 'not', 'yet')
  expect(await checkDataFolder(missing, 1)).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('will be made'),
  })
  await expect(stat(missing)).rejects.toThrow('ENOENT')
})

test('a place where no folder can be made', async () => {
  const check = await checkDataFolder('/proc/forewarn', 1)
  expect(check).toMatchObject({ status: 'fail', remedy: expect.stringContaining('FOREWARN_DATA_DIR') })
})

test('a disk that is too small for the journal', async () => {
  expect(await checkDataFolder(folder, Number.MAX_SAFE_INTEGER)).toMatchObject({
    status: 'warn',
    remedy: expect.stringContaining('journal.maxBytes'),
  })
})

test('when the folder was last written to', async () => {
  await writeFile(join(folder, 'file'), '')
  await utimes(join(folder, 'file'), 1, 4_000_000_000)
  expect(await newestFileTime(folder)).toBe(4_000_000_000_000)
  expect(await newestFileTime(join(folder, 'missing'))).toBeUndefined()
})
