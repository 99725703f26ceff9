import type { Evidence } from '../contract/finding.ts'
import { type Catalog, lackingIn, readCatalog } from './catalog.ts'
import { compile, type Format, type Told, Wording } from './wording.ts'

/** What a notice is about. */
interface MessageContext extends Told {
  device: { kind: string; model: string | null }
  evidence: Evidence
}

export interface Text {
  title: string
  body: string
}

/** The texts of one language. */
export interface Messages {
  locale: string
  /** Of what rules name. */
  keys: readonly string[]
  /** Of what the desk says by itself. */
  deskKeys: readonly string[]
  words: Wording
  /** @throws UnknownMessageError */
  render(key: string, context: MessageContext): Text
  /** What the desk says by itself. @throws UnknownMessageError */
  say(key: string, values: Record<string, string | number>): Text
  /** What is on the button of an action. */
  action(name: string): string
}

/** The texts of all languages. */
export interface MessageBook {
  keys: readonly string[]
  /** In the language that is nearest to a BCP 47 tag; English where none is near. */
  in(locale: string): Messages
}

/** A rule names a notice whose text does not exist. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** A language lacks texts that another one has. */
export class IncompleteMessagesError extends Error {
  override readonly name = 'IncompleteMessagesError'
}

export const languages = ['en', 'zh-CN'] as const

/** Reads all languages. @throws IncompleteMessagesError */
export function loadMessages(): MessageBook {
  const catalogs = languages.map((locale) => [locale, readCatalog(locale)] as const)
  checkComplete(catalogs)
  const all = catalogs.map(([locale, catalog]) => messagesOf(catalog, locale))
  const [english] = all
  if (english === undefined) throw new RangeError('there are no languages')
  return {
    keys: english.keys,
    in: (locale) => all.find((messages) => primary(messages.locale) === primary(locale)) ?? english,
  }
}

function primary(locale: string): string {
  return (locale.split(/[-_]/)[0] ?? '').toLowerCase()
}

/** @throws IncompleteMessagesError */
export function checkComplete(catalogs: readonly (readonly [string, Catalog])[]): void {
  const lacks = catalogs.flatMap(([locale, one]) =>
    catalogs
      .flatMap(([, other]) => lackingIn(one, other))
      .map((path) => `messages/${locale}.yaml lacks ${path}`),
  )
  if (lacks.length > 0) throw new IncompleteMessagesError([...new Set(lacks)].join('; '))
}

/** Everything in a catalogue is compiled at once, so a fault shows at the start. */
function messagesOf(catalog: Catalog, locale: string): Messages {
  const words = new Wording(catalog, locale)
  const notices = compileAll(catalog.notices, locale)
  const desk = compileAll(catalog.desk, locale)
  const withEvidence = compile(catalog.with_evidence, locale)
  return {
    locale,
    keys: [...notices.keys()],
    deskKeys: [...desk.keys()],
    words,
    render(key, { device, evidence, ...told }) {
      const { title, body } = find(notices, key, locale)
      const values = { device: words.device(device), ...words.evidence(evidence, told) }
      const whole = body(values)
      const short = words.summary(evidence, told)
      return {
        title: title(values),
        body: short === undefined ? whole : withEvidence({ body: whole, evidence: short }),
      }
    },
    say(key, values) {
      const { title, body } = find(desk, key, locale)
      return { title: title(values), body: body(values) }
    },
    action: (name) => catalog.actions[name] ?? name,
  }
}

type Compiled = ReadonlyMap<string, { title: Format; body: Format }>

function compileAll(texts: Catalog['notices'], locale: string): Compiled {
  return new Map(
    Object.entries(texts).map(([key, { title, body }]) => [
      key,
      { title: compile(title, locale), body: compile(body, locale) },
    ]),
  )
}

/** @throws UnknownMessageError */
function find(texts: Compiled, key: string, locale: string) {
  const text = texts.get(key)
  if (text === undefined) throw new UnknownMessageError(`No text for the notice "${key}" (${locale})`)
  return text
}
