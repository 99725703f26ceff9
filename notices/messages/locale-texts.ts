import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../../lib/package-root.ts'

const text = z.string().min(1)
const textsByKey = z.record(text, z.strictObject({ title: text, body: text }))
const timeUnitTexts = z.strictObject({ days: text, weeks: text, months: text, years: text })

const localeTextsSchema = z.strictObject({
  notices: textsByKey,
  desk: textsByKey,
  actions: z.record(text, text),
  when: timeUnitTexts,
  evidence: text,
  with_evidence: text,
  span: timeUnitTexts,
  left: text,
  interval: text,
  numbers: z.array(text),
  kinds: z.record(text, text),
  units: z.record(text, text),
  metrics: z.record(text, text),
  parts: z.record(text, text),
})

/** The texts of one language, uncompiled. */
export type LocaleTexts = z.infer<typeof localeTextsSchema>

/** Reads `messages/<locale>.yaml`, from the sources or beside the build. */
export function readLocaleTexts(locale: string): LocaleTexts {
  const path = join(packageRoot, 'notices', 'messages', `${locale}.yaml`)
  return localeTextsSchema.parse(parse(readFileSync(path, 'utf8')))
}

/** The keys that one language has and the other has not, as paths: `notices.dust_bin`. */
export function missingKeys(texts: LocaleTexts, reference: LocaleTexts): string[] {
  const there = new Set(keyPaths(texts))
  return keyPaths(reference).filter((path) => !there.has(path))
}

/** Numbers in words are as many as a language has words for. */
function keyPaths({ numbers: _, ...texts }: LocaleTexts): string[] {
  return Object.entries(texts).flatMap(([section, content]) =>
    typeof content === 'string' ? section : Object.keys(content).map((key) => `${section}.${key}`),
  )
}
