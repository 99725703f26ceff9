import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DirectoryInUseError, lockDirectory } from './directory-lock.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-lock-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('gives the folder to one holder at a time', async () => {
  const lock = await lockDirectory(dir)
  await expect(lockDirectory(dir)).rejects.toThrow(DirectoryInUseError)
  await expect(lockDirectory(dir)).rejects.toThrow(`process ${process.pid}`)
  await lock.release()
  await (await lockDirectory(dir)).release()
  expect(await readdir(dir)).toEqual([])
})

it('does not mind the lock of a process that was killed', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  await writeFile(join(dir, 'lock'), JSON.stringify({ pid: gone.pid, started: '1' }))
  await (await lockDirectory(dir)).release()
})

it('does not mistake another process with the same id for the holder', async () => {
  await writeFile(join(dir, 'lock'), JSON.stringify({ pid: process.pid, started: 'before' }))
  await (await lockDirectory(dir)).release()
})

it('does not mind a lock that lost its content', async () => {
  await writeFile(join(dir, 'lock'), '')
  await (await lockDirectory(dir)).release()
})

it('gives a stale lock to one of many', async () => {
  for (let round = 0; round < 50; round++) {
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid: process.pid, started: 'before' }))
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(dir)))
    const holders = taken.filter((one) => one.status === 'fulfilled')
    expect(holders).toHaveLength(1)
    await holders[0]?.value.release()
  }
  expect(await readdir(dir)).toEqual([])
})

it('does not mind that one was killed while it replaced a stale lock', async () => {
  const stale = JSON.stringify({ pid: process.pid, started: 'before' })
  await writeFile(join(dir, 'lock'), stale)
  await writeFile(join(dir, `lock.after-${process.pid}-before`), stale)
  const lock = await lockDirectory(dir)
  await expect(lockDirectory(dir)).rejects.toThrow(DirectoryInUseError)
  await lock.release()
  expect(await readdir(dir)).toEqual([])
})

it('does not mind a lock that was copied with its folder, and keeps both folders apart', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'forewarn-lock-copy-'))
  try {
    const lock = await lockDirectory(dir)
    await cp(dir, copy, { recursive: true })
    const ofCopy = await lockDirectory(copy)
    await expect(lockDirectory(copy)).rejects.toThrow(DirectoryInUseError)
    await expect(lockDirectory(dir)).rejects.toThrow(DirectoryInUseError)
    await ofCopy.release()
    await lock.release()
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
})
