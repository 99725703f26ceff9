import type { Evidence } from '../../contract/finding.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import {
  type CompiledMessage,
  compileMessage,
  type DateContext,
  LocaleFormatter,
} from './locale-formatter.ts'
import { type LocaleTexts, missingKeys, readLocaleTexts } from './locale-texts.ts'

/** Device, evidence and time of the finding in a notice. */
interface FindingMessageContext extends DateContext {
  device: { kind: string; model: string | null }
  evidence: Evidence
}

export interface NoticeText {
  title: string
  body: string
}

/** Compiled texts of one language. */
export interface LocaleMessages {
  locale: string
  /** Keys of the notices that rules name. */
  keys: readonly string[]
  /** Keys of the messages that the desk sends. */
  deskKeys: readonly string[]
  formatter: LocaleFormatter
  /** Render the notice of a finding. @throws UnknownMessageError */
  renderFinding(key: string, context: FindingMessageContext): NoticeText
  /** Render a message of the desk. @throws UnknownMessageError */
  renderMessage(key: string, values: Record<string, string | number>): NoticeText
  /** Return the button label of an action. */
  actionLabel(name: string): string
}

/** Compiled texts of all languages. */
export interface MessageCatalog {
  keys: readonly string[]
  /** Return the texts of the language of a BCP 47 tag; English where it is not supported. */
  forLocale(locale: string): LocaleMessages
}

/** There is no text for the notice that a rule names. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** A language lacks texts that another one has. */
export class IncompleteMessagesError extends ExpectedError {
  override readonly name = 'IncompleteMessagesError'
}

export const supportedLocales = ['en', 'zh-CN'] as const

/** Read and compile the texts of all languages. @throws IncompleteMessagesError */
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

/** Check that all languages have the same keys. @throws IncompleteMessagesError naming the missing ones */
export function requireSameKeys(catalogs: readonly (readonly [string, LocaleTexts])[]): void {
  const lacks = catalogs.flatMap(([locale, one]) =>
    catalogs
      .flatMap(([, other]) => missingKeys(one, other))
      .map((path) => `messages/${locale}.yaml lacks ${path}`),
  )
  if (lacks.length > 0) throw new IncompleteMessagesError([...new Set(lacks)].join('; '))
}

/** Compile all texts of a language at once, so that a syntax error is found at the start. */
function compileLocale(catalog: LocaleTexts, locale: string): LocaleMessages {
  const formatter = new LocaleFormatter(catalog, locale)
  const notices = compileTexts(catalog.notices, locale)
  const desk = compileTexts(catalog.desk, locale)
  const withEvidence = compileMessage(catalog.with_evidence, locale)
  return {
    locale,
    keys: [...notices.keys()],
    deskKeys: [...desk.keys()],
    formatter,
    renderFinding(key, { device, evidence, ...context }) {
      const { title, body } = requireText(notices, key, locale)
      const values = { device: formatter.deviceName(device), ...formatter.evidence(evidence, context) }
      const message = body(values)
      const summary = formatter.summarizeEvidence(evidence, context)
      return {
        title: title(values),
        body: summary === undefined ? message : withEvidence({ body: message, evidence: summary }),
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

/** Return a text by its key. @throws UnknownMessageError */
function requireText(texts: CompiledTexts, key: string, locale: string) {
  const text = texts.get(key)
  if (text === undefined) throw new UnknownMessageError(`No text for the notice "${key}" (${locale})`)
  return text
}
