import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'

/** Minimum growth of the file, bytes. */
const growthStepBytes = 4 * 1024 * 1024
const zeros = Buffer.alloc(1024 * 1024)
const pageBytes = 4096
/** Pages for table roots, the free list and the branches above them. */
const overheadPages = 64

/** Return an upper bound of the bytes that a number of puts may dirty, page splits included. */
export function maxDirtyBytes(puts: readonly { bytes: number }[]): number {
  return puts.reduce((sum, { bytes }) => sum + (Math.ceil(bytes / pageBytes) + 3) * pageBytes, 0)
}

/**
 * Keeps the file larger than what LMDB writes. A page that the disk rejects makes `lmdb` (3.5.6, `mdb_page_flush`) print
 * its error into a buffer of 100 bytes, which overflows: the heap is corrupt, and the process crashes later. So the
 * space is taken beforehand by writing zeros behind the last used page, and a transaction without space is not begun.
 */
export class FilePreallocation {
  readonly #env: RootDatabase
  readonly #file: number
  #size: number

  constructor(env: RootDatabase, dir: string) {
    this.#env = env
    this.#file = openSync(join(dir, 'data.mdb'), 'r+')
    this.#size = fstatSync(this.#file).size
  }

  /**
   * @param bytes what the transaction may dirty
   * @throws Error of the file system (`ENOSPC`, `EDQUOT`, `EFBIG`…) when the file cannot be made large enough
   */
  reserve(bytes: number): void {
    const { lastPageNumber } = this.#env.getStats() as { lastPageNumber: number }
    const needed = (lastPageNumber + 1 + overheadPages) * pageBytes + bytes
    if (needed <= this.#size) return
    try {
      while (this.#size < needed + growthStepBytes)
        this.#size += writeSync(this.#file, zeros, 0, null, this.#size)
    } catch (error) {
      // LMDB itself has made the file larger when it was new.
      this.#size = fstatSync(this.#file).size
      if (this.#size < needed) throw error
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}
