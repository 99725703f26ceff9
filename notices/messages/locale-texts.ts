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

/** Texts of one language, uncompiled. */
export type LocaleTexts = z.infer<typeof localeTextsSchema>

/** Read `messages/<locale>.yaml`. @throws ZodError when a field is missing or unknown */
export function readLocaleTexts(locale: string): LocaleTexts {
  const path = join(packageRoot, 'notices', 'messages', `${locale}.yaml`)
  return localeTextsSchema.parse(parse(readFileSync(path, 'utf8')))
}

/** Return the keys of `reference` that `texts` lacks, as paths: `notices.dust_bin`. */
export function missingKeys(texts: LocaleTexts, reference: LocaleTexts): string[] {
  const existing = new Set(keyPaths(texts))
  return keyPaths(reference).filter((path) => !existing.has(path))
}

/** Return all keys as paths, without `numbers`, whose length may differ between languages. */
function keyPaths({ numbers: _, ...texts }: LocaleTexts): string[] {
  return Object.entries(texts).flatMap(([section, content]) =>
    typeof content === 'string' ? section : Object.keys(content).map((key) => `${section}.${key}`),
  )
}
