import { durationInWords } from '../lib/in-words.ts'
import type { Status } from './status.ts'
import { type Trouble, troublesOf } from './troubles-of.ts'

export interface Check {
  name: string
  /** `impaired`: something waits, and nothing is lost. `stopped`: what devices send is not accepted. */
  state: 'fine' | 'impaired' | 'stopped'
  ok: boolean
  /** In words: what is wrong, or that nothing is. */
  detail: string
  /** When this program first saw it so. */
  since?: Date
  /** What follows from it. */
  follows?: string
  /** What to do. */
  mend?: string
}

export interface Readiness {
  /** Whether what devices send is accepted. */
  ready: boolean
  checks: Check[]
}

/** What was so when a trouble began. */
interface Beginning {
  at: number
  backlogBytes: number
}

/** Too short a time says nothing of how fast the journal fills. */
const rateFromMs = 10_000

/** Says part by part whether the program does its work. It remembers since when something is wrong. */
export function createReadiness(now: () => number): (status: Status) => Readiness {
  const beginnings = new Map<string, Beginning>()
  return (status) => {
    const backlogBytes = status.journal.value?.backlogBytes ?? 0
    const checks = troublesOf(status).map(({ name, trouble }): Check => {
      if (trouble === undefined) {
        beginnings.delete(name)
        return { name, state: 'fine', ok: true, detail: 'fine' }
      }
      const beginning = beginnings.get(name) ?? { at: now(), backlogBytes }
      beginnings.set(name, beginning)
      return toldOf({ name, trouble, beginning, status, now: now() })
    })
    return { ready: checks.every(({ state }) => state !== 'stopped'), checks }
  }
}

/** A trouble on one line, for people who watch. */
export function checkInWords({ name, detail, since, follows, mend }: Check, now: number): string {
  const duration = since === undefined ? '' : ` (for ${durationInWords(now - since.getTime())})`
  return [`${name}: ${detail}${duration}`, follows, mend].filter((part) => part !== undefined).join('; ')
}

interface Told {
  name: string
  trouble: Trouble
  beginning: Beginning
  status: Status
  now: number
}

function toldOf({ name, trouble, beginning, status, now }: Told): Check {
  const { state, detail, follows, mend, nothingWaits = false } = trouble
  const kept = state === 'impaired' && !nothingWaits ? keptInWords(status, { beginning, now }) : undefined
  const consequences = [follows, kept].filter((part) => part !== undefined).join('; ')
  return { name, state, ok: false, detail, since: new Date(beginning.at), follows: consequences, mend }
}

/** How full the journal is, and how long it will last if that goes on as since the beginning of the trouble. */
function keptInWords(
  { journal: { value: journal } }: Status,
  { beginning, now }: { beginning: Beginning; now: number },
): string | undefined {
  if (journal === undefined) return undefined
  const { backlogBytes, maxBytes } = journal
  const percent = Math.round((100 * backlogBytes) / maxBytes)
  const words = `what waits is kept in the journal, ${percent} % full; nothing is lost`
  const elapsedMs = now - beginning.at
  const grown = backlogBytes - beginning.backlogBytes
  if (elapsedMs < rateFromMs || grown <= 0) return words
  const leftMs = ((maxBytes - backlogBytes) / grown) * elapsedMs
  return `${words}; full in about ${durationInWords(Math.max(0, leftMs))} at this rate`
}
