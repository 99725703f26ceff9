import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { referencePages } from './reference-pages.ts'

for (const { path, text, current } of await referencePages()) {
  if (text === current) continue
  await writeFile(path, current)
  process.stdout.write(`wrote ${relative(packageRoot, path)}\n`)
}
