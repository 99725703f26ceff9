/** Start options of the thread of PGlite. */
export interface ThreadData {
  /** Folder of the database; undefined keeps it in memory. */
  dir: string | undefined
  idleInTransactionMs: number
  /** Path of a dump that a new database starts from, where it exists; else from an empty one. */
  template?: string | undefined
}

/** Message to the thread: connections and the bytes that they write. */
export type ThreadRequest =
  | { type: 'open'; id: number }
  | { type: 'data'; id: number; bytes: Uint8Array }
  | { type: 'close'; id: number }
  | { type: 'copy'; id: number; target: string }
  | { type: 'shutdown' }

/** Message from the thread. `closed` is sent when the server ends a connection. */
export type ThreadEvent =
  | { type: 'ready' }
  | { type: 'data'; id: number; bytes: Uint8Array }
  | { type: 'closed'; id: number }
  /** A copy is complete, or failed. */
  | { type: 'copied'; id: number; error?: string }
