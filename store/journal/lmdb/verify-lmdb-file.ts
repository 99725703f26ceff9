import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { JournalDamagedError } from '../journal.ts'

/*
 * LMDB maps its file into memory and does not validate it: a damaged page ends the process with SIGSEGV, SIGBUS
 * or SIGABRT. So the pages that it would follow are checked beforehand. The format is that of `mdb.c` in `lmdb` (data version 2,
 * little endian): MDB_page_header, MDB_meta, MDB_db, MDB_node, MDB_ovpage.
 */
const headerBytes = 24
const magic = 0xbeefc0de
const dataVersion = 2
const branch = 0x01
const leaf = 0x02
const overflow = 0x04
const meta = 0x08
const bigData = 0x01
const subTree = 0x02
const metaPages = 2
const noPage = 2n ** 64n - 1n

interface BTree {
  root: bigint
  depth: number
}

interface MetaPage {
  pageBytes: number
  trees: BTree[]
  lastPage: number
  transaction: bigint
}

/**
 * Check every page reachable from the newest commit: all that LMDB will follow. Values are not checked,
 * nor is the list of free pages.
 * @throws JournalDamagedError with the damage found
 */
export function verifyLmdbFile(dir: string): void {
  const path = join(dir, 'data.mdb')
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    new LmdbFileVerifier(file, dir).run()
  } finally {
    closeSync(file)
  }
}

class LmdbFileVerifier {
  readonly #file: number
  readonly #dir: string
  readonly #bytes: number
  #pageBytes = 4096
  #pages = 0
  readonly #seen = new Set<number>()

  constructor(file: number, dir: string) {
    this.#file = file
    this.#dir = dir
    this.#bytes = fstatSync(file).size
  }

  run(): void {
    const { pageBytes } = this.#meta(0, this.#pageBytes)
    if (pageBytes < 512 || pageBytes > 65_536) throw this.#damaged(`it names pages of ${pageBytes} bytes`)
    this.#pageBytes = pageBytes
    const { trees, lastPage, transaction } = this.#newestMeta()
    this.#pages = Math.min(lastPage + 1, Math.floor(this.#bytes / pageBytes))
    try {
      for (const tree of trees) this.#tree(tree)
    } catch (error) {
      // Another process writes to it meanwhile: claiming the journal reports that.
      if (this.#newestMeta().transaction === transaction) throw error
    }
  }

  #newestMeta(): MetaPage {
    const [first, second] = [this.#meta(0, this.#pageBytes), this.#meta(1, this.#pageBytes)]
    return second.transaction > first.transaction ? second : first
  }

  #meta(number: number, pageBytes: number): MetaPage {
    const page = this.#read(number, pageBytes)
    const isMeta = (page.readUInt16LE(18) & meta) !== 0 && page.readUInt32LE(headerBytes) === magic
    if (!isMeta) throw this.#damaged(`its page ${number} is not the head of an LMDB file`)
    const version = page.readUInt32LE(headerBytes + 4)
    if (version !== dataVersion) throw this.#damaged(`its format is ${version}, not ${dataVersion}`)
    return {
      pageBytes: page.readUInt32LE(headerBytes + 24),
      trees: [readTree(page, headerBytes + 24), readTree(page, headerBytes + 72)],
      lastPage: Number(page.readBigUInt64LE(headerBytes + 120)),
      transaction: page.readBigUInt64LE(headerBytes + 128),
    }
  }

  #tree({ root, depth }: BTree): void {
    if (root !== noPage) this.#page(this.#inFile(root), depth)
  }

  #page(number: number, depth: number): void {
    if (this.#seen.has(number)) throw this.#damaged(`page ${number} belongs to two places`)
    this.#seen.add(number)
    const page = this.#read(number, this.#pageBytes)
    const flags = page.readUInt16LE(18)
    const isRight = Number(page.readBigUInt64LE(0)) === number && (flags & (depth > 1 ? branch : leaf)) !== 0
    if (!isRight || depth < 1) throw this.#damaged(`page ${number} is not what it should be`)
    for (const node of this.#nodes(page, number)) {
      if (depth > 1) this.#page(this.#inFile(BigInt(node.low) + (BigInt(node.flags) << 32n)), depth - 1)
      else this.#value(node)
    }
  }

  *#nodes(page: Buffer, number: number): Generator<TreeNode> {
    const lower = page.readUInt16LE(20)
    const upper = page.readUInt16LE(22)
    const room = this.#pageBytes - headerBytes
    if (lower > upper || upper > room || lower % 2 !== 0)
      throw this.#damaged(`page ${number} has no sound head`)
    for (let index = 0; index < lower / 2; index++) {
      const at = headerBytes + page.readUInt16LE(headerBytes + 2 * index)
      if (at < headerBytes + upper || at + 8 > page.length)
        throw this.#damaged(`page ${number} points beside its nodes`)
      const node = {
        low: page.readUInt32LE(at),
        flags: page.readUInt16LE(at + 4),
        data: page.subarray(at + 8 + page.readUInt16LE(at + 6)),
      }
      const isLeaf = (page.readUInt16LE(18) & leaf) !== 0
      const size = !isLeaf ? 0 : (node.flags & bigData) !== 0 ? 24 : node.low
      if (node.data.length < size) throw this.#damaged(`a node of page ${number} is larger than the page`)
      yield node
    }
  }

  #value({ flags, data }: TreeNode): void {
    if ((flags & subTree) !== 0) {
      this.#tree(readTree(data, 0))
    } else if ((flags & bigData) !== 0) {
      const first = this.#inFile(data.readBigUInt64LE(0))
      const page = this.#read(first, headerBytes)
      const count = page.readUInt32LE(20)
      const isRight =
        Number(page.readBigUInt64LE(0)) === first && (page.readUInt16LE(18) & overflow) !== 0 && count > 0
      if (!isRight) throw this.#damaged(`page ${first} is not what it should be`)
      this.#inFile(BigInt(first) + BigInt(count - 1))
    }
  }

  #inFile(number: bigint): number {
    if (number >= metaPages && number < this.#pages) return Number(number)
    throw this.#damaged(`page ${number} is missing: the file has ${this.#pages} pages`)
  }

  #read(number: number, bytes: number): Buffer {
    const page = Buffer.allocUnsafe(bytes)
    const read = readSync(this.#file, page, { position: number * this.#pageBytes })
    if (read < bytes) throw this.#damaged(`it ends after ${this.#bytes} bytes, within page ${number}`)
    return page
  }

  #damaged(found: string): JournalDamagedError {
    return new JournalDamagedError(this.#dir, found)
  }
}

interface TreeNode {
  /** Of a branch the lower half of a page number, of a leaf the size of its value. */
  low: number
  flags: number
  data: Buffer
}

function readTree(page: Buffer, at: number): BTree {
  return { depth: page.readUInt16LE(at + 6), root: page.readBigUInt64LE(at + 40) }
}

/** @throws JournalDamagedError for whatever fails while it is read from the journal in `dir`: it was not written so */
export function readOrThrowDamaged<T>(dir: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : String(cause)
    throw new JournalDamagedError(dir, `its entries cannot be read (${reason})`, { cause })
  }
}
