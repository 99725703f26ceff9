import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'

/** The file grows by at least so much at once. */
const growthStepBytes = 4 * 1024 * 1024
const zeros = Buffer.alloc(1024 * 1024)
const pageBytes = 4096
/** Heads of tables, the list of free pages, and the ways down to them. */
const overheadPages = 64

/** The bytes of the pages that so many puts may dirty at most, with what splits above them. */
export function maxDirtyBytes(puts: readonly { bytes: number }[]): number {
  return puts.reduce((sum, { bytes }) => sum + (Math.ceil(bytes / pageBytes) + 3) * pageBytes, 0)
}

/**
 * Keeps the file ahead of what LMDB writes. A page that the disk refuses makes `lmdb` (3.5.6, `mdb_page_flush`) print
 * its complaint into 100 bytes, which are too few: the heap is broken, and the process ends at some later moment. So the
 * room is taken by writing zeros behind the last page that is in use, and a transaction that has none is not begun.
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
