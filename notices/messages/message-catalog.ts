import type { Evidence } from '../../contract/finding.ts'
import {
  type CompiledMessage,
  compileMessage,
  type DateContext,
  LocaleFormatter,
} from './locale-formatter.ts'
import { type LocaleTexts, missingKeys, readLocaleTexts } from './locale-texts.ts'

/** What a notice is about. */
interface FindingMessageContext extends DateContext {
  device: { kind: string; model: string | null }
  evidence: Evidence
}

export interface NoticeText {
  title: string
  body: string
}

/** The texts of one language. */
export interface LocaleMessages {
  locale: string
  /** Of what rules name. */
  keys: readonly string[]
  /** Of what the desk says by itself. */
  deskKeys: readonly string[]
  formatter: LocaleFormatter
  /** @throws UnknownMessageError */
  renderFinding(key: string, context: FindingMessageContext): NoticeText
  /** What the desk says by itself. @throws UnknownMessageError */
  renderMessage(key: string, values: Record<string, string | number>): NoticeText
  /** What is on the button of an action. */
  actionLabel(name: string): string
}

/** The texts of all languages. */
export interface MessageCatalog {
  keys: readonly string[]
  /** In the language that is nearest to a BCP 47 tag; English where none is near. */
  forLocale(locale: string): LocaleMessages
}

/** A rule names a notice whose text does not exist. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** A language lacks texts that another one has. */
export class IncompleteMessagesError extends Error {
  override readonly name = 'IncompleteMessagesError'
}

export const supportedLocales = ['en', 'zh-CN'] as const

/** Reads all languages. @throws IncompleteMessagesError */
export function loadMessageCatalog(): MessageCatalog {
  const catalogs = supportedLocales.map((locale) => [locale, readLocaleTexts(locale)] as const)
  requireSameKeys(catalogs)
  const all = catalogs.map(([locale, catalog]) => compileLocale(catalog, locale))
  const [english] = all
  if (english === undefined) throw new RangeError('there are no languages')
  return {
    keys: english.keys,
    forLocale: (locale) =>
      all.find((messages) => primarySubtag(messages.locale) === primarySubtag(locale)) ?? english,
  }
}

function primarySubtag(locale: string): string {
  return (locale.split(/[-_]/)[0] ?? '').toLowerCase()
}

/** @throws IncompleteMessagesError */
export function requireSameKeys(catalogs: readonly (readonly [string, LocaleTexts])[]): void {
  const lacks = catalogs.flatMap(([locale, one]) =>
    catalogs
      .flatMap(([, other]) => missingKeys(one, other))
      .map((path) => `messages/${locale}.yaml lacks ${path}`),
  )
  if (lacks.length > 0) throw new IncompleteMessagesError([...new Set(lacks)].join('; '))
}

/** Everything in a catalogue is compiled at once, so a fault shows at the start. */
function compileLocale(catalog: LocaleTexts, locale: string): LocaleMessages {
  const words = new LocaleFormatter(catalog, locale)
  const notices = compileTexts(catalog.notices, locale)
  const desk = compileTexts(catalog.desk, locale)
  const withEvidence = compileMessage(catalog.with_evidence, locale)
  return {
    locale,
    keys: [...notices.keys()],
    deskKeys: [...desk.keys()],
    formatter: words,
    renderFinding(key, { device, evidence, ...told }) {
      const { title, body } = requireText(notices, key, locale)
      const values = { device: words.deviceName(device), ...words.evidence(evidence, told) }
      const whole = body(values)
      const short = words.summarizeEvidence(evidence, told)
      return {
        title: title(values),
        body: short === undefined ? whole : withEvidence({ body: whole, evidence: short }),
      }
    },
    renderMessage(key, values) {
      const { title, body } = requireText(desk, key, locale)
      return { title: title(values), body: body(values) }
    },
    actionLabel: (name) => catalog.actions[name] ?? name,
  }
}

type CompiledTexts = ReadonlyMap<string, { title: CompiledMessage; body: CompiledMessage }>

function compileTexts(texts: LocaleTexts['notices'], locale: string): CompiledTexts {
  return new Map(
    Object.entries(texts).map(([key, { title, body }]) => [
      key,
      { title: compileMessage(title, locale), body: compileMessage(body, locale) },
    ]),
  )
}

/** @throws UnknownMessageError */
function requireText(texts: CompiledTexts, key: string, locale: string) {
  const text = texts.get(key)
  if (text === undefined) throw new UnknownMessageError(`No text for the notice "${key}" (${locale})`)
  return text
}
