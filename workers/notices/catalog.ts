import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../../lib/package-root.ts'

const text = z.string().min(1)
const catalog = z.strictObject({
  notices: z.record(text, z.strictObject({ title: text, body: text })),
  when: z.strictObject({ days: text, weeks: text, months: text, years: text }),
  interval: text,
  numbers: z.array(text),
  kinds: z.record(text, text),
  units: z.record(text, text),
})

/** The texts of one language, uncompiled. */
export type Catalog = z.infer<typeof catalog>

/** Reads `messages/<locale>.yaml`, from the sources or beside the build. */
export function readCatalog(locale: string): Catalog {
  const path = join(packageRoot, 'workers', 'notices', 'messages', `${locale}.yaml`)
  return catalog.parse(parse(readFileSync(path, 'utf8')))
}
