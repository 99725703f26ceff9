import type { Evidence } from '../../rules/finding.ts'
import { readCatalog } from './catalog.ts'
import { compile, Wording } from './wording.ts'

/** What a notice is about. */
interface MessageContext {
  device: { kind: string; model: string | null }
  /** Event time of the finding: "in about three weeks" is counted from here. */
  at: number
  evidence: Evidence
}

export interface Messages {
  keys: readonly string[]
  /** @throws UnknownMessageError */
  render(key: string, context: MessageContext): { title: string; body: string }
}

/** A rule names a notice whose text does not exist. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** Reads the message catalogue of a language. Everything in it is compiled at once, so a fault shows at the start. */
export function loadMessages(locale = 'en'): Messages {
  const catalog = readCatalog(locale)
  const wording = new Wording(catalog, locale)
  const notices = new Map(
    Object.entries(catalog.notices).map(([key, { title, body }]) => [
      key,
      { title: compile(title, locale), body: compile(body, locale) },
    ]),
  )
  return {
    keys: [...notices.keys()],
    render(key, { device, at, evidence }) {
      const notice = notices.get(key)
      if (notice === undefined) throw new UnknownMessageError(`No text for the notice "${key}" (${locale})`)
      const values = { device: wording.device(device), ...wording.evidence(evidence, at) }
      return { title: notice.title(values), body: notice.body(values) }
    },
  }
}
