import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../../lib/package-root.ts'

const page = readFileSync(join(packageRoot, 'docs', 'logging.md'), 'utf8')
const folders = ['app/logging', 'app/commands', 'app/wiring', 'app/wiring/consumers', 'app/backup']

function sources(folder: string): string[] {
  const path = join(packageRoot, folder)
  const files = readdirSync(path).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  return files.map((file) => readFileSync(join(path, file), 'utf8'))
}

it('docs/logging.md lists every event', () => {
  const code = folders.flatMap(sources).join('\n')
  const logged = [...code.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event)
  const [, table = ''] = page.split('## Events')
  const firstColumn = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell).join()
  const documented = [...firstColumn.matchAll(/`(\w+)`/g)].map(([, event]) => event)
  expect(new Set(documented)).toEqual(new Set(logged))
})
