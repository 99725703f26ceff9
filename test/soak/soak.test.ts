import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../../lib/package-root.ts'
import { allocatorSettings } from './soak.ts'

it('has the C library set as in the container image', () => {
  const environment = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8').match(/^ENV MALLOC.*/gm)
  const settings = Object.entries(allocatorSettings).map(([name, value]) => `${name}=${value}`)
  expect(environment).toEqual([`ENV ${settings.join(' ')}`])
})
