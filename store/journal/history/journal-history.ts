/** One opening of a journal: the heads that its streams had then. Entries from there to the next opening are its own. */
export interface JournalOpening {
  id: string
  heads: Readonly<{ telemetry: number; findings: number }>
}

/**
 * Identity of a journal and its latest openings, oldest first. It tells whether an offset still names the same entry: a
 * journal that was brought back from an older state gives offsets that were used before to other entries, but under an
 * opening that no consumer has seen. (Leader epochs of Apache Kafka, KIP-101, do the same.)
 */
export interface JournalHistory {
  journal: string
  openings: readonly JournalOpening[]
}

/** Characters of an opening's id: it has to differ from the other openings of one journal only. */
const openingIdLength = 13

/** Number of openings kept; openings that wrote nothing do not count. */
const maxOpenings = 32

/** Add an opening at these heads. It replaces the last one if that has written nothing. */
export function addOpening(
  { journal, openings }: JournalHistory,
  { id, heads }: JournalOpening,
): JournalHistory {
  const last = openings.at(-1)
  const isEmpty = last?.heads.telemetry === heads.telemetry && last.heads.findings === heads.findings
  const earlier = isEmpty ? openings.slice(0, -1) : openings
  return { journal, openings: [...earlier, { id, heads: { ...heads } }].slice(-maxOpenings) }
}

/** Add an opening of the journal to its history; a journal without an id gets one. */
export function recordOpening(
  history: JournalHistory,
  heads: JournalOpening['heads'],
  newId: () => string,
): JournalHistory {
  const known = history.journal === '' ? { journal: newId(), openings: [] } : history
  return addOpening(known, { id: newId().slice(0, openingIdLength), heads })
}

/** History of a journal that has never been opened. */
export const emptyHistory: JournalHistory = { journal: '', openings: [] }

/** Format: `journal|opening:telemetry:findings,…`; short, because each stored position carries it. */
export function formatHistory({ journal, openings }: JournalHistory): string {
  const list = openings.map(({ id, heads }) => `${id}:${heads.telemetry}:${heads.findings}`)
  return `${journal}|${list.join(',')}`
}

/** @returns undefined for an empty text: the position was stored before positions had a history */
export function parseHistory(text: string): JournalHistory | undefined {
  const [journal = '', list = ''] = text.split('|')
  if (journal === '') return undefined
  const openings = list.split(',').flatMap((one) => {
    const [id = '', telemetry, findings] = one.split(':')
    return id === '' ? [] : [{ id, heads: { telemetry: Number(telemetry), findings: Number(findings) } }]
  })
  return { journal, openings }
}
