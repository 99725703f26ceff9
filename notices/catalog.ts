import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../lib/package-root.ts'

const text = z.string().min(1)
const said = z.record(text, z.strictObject({ title: text, body: text }))
const times = z.strictObject({ days: text, weeks: text, months: text, years: text })

const catalog = z.strictObject({
  notices: said,
  desk: said,
  actions: z.record(text, text),
  when: times,
  evidence: text,
  with_evidence: text,
  span: times,
  left: text,
  interval: text,
  numbers: z.array(text),
  kinds: z.record(text, text),
  units: z.record(text, text),
  metrics: z.record(text, text),
  parts: z.record(text, text),
})

/** The texts of one language, uncompiled. */
export type Catalog = z.infer<typeof catalog>

/** Reads `messages/<locale>.yaml`, from the sources or beside the build. */
export function readCatalog(locale: string): Catalog {
  const path = join(packageRoot, 'notices', 'messages', `${locale}.yaml`)
  return catalog.parse(parse(readFileSync(path, 'utf8')))
}

/** The keys that one language has and the other has not, as paths: `notices.dust_bin`. */
export function lackingIn(one: Catalog, other: Catalog): string[] {
  const there = new Set(pathsOf(one))
  return pathsOf(other).filter((path) => !there.has(path))
}

/** Numbers in words are as many as a language has words for. */
function pathsOf({ numbers: _, ...texts }: Catalog): string[] {
  return Object.entries(texts).flatMap(([section, content]) =>
    typeof content === 'string' ? section : Object.keys(content).map((key) => `${section}.${key}`),
  )
}
