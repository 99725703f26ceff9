import { relative } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { packageRoot } from '../../lib/package-root.ts'
import { durationSchema } from '../files/duration.ts'
import { referencePages } from './reference-pages.ts'
import { detectorSettings } from './settings-table.ts'

it('READMEs of detectors and docs/rules.md are what the code says; else run npm run docs', async () => {
  const pages = await referencePages()
  expect(pages.length).toBeGreaterThan(10)
  const old = pages.filter(({ text, current }) => text !== current)
  expect(old.map(({ path }) => relative(packageRoot, path))).toEqual([])
})

it('a table shows types, bounds and defaults as rule files write them', () => {
  const config = z.strictObject({
    window: durationSchema.default(86_400_000).describe('A.'),
    share: z.number().gt(0).max(1).describe('B.'),
    side: z.enum(['lower', 'higher']).optional().describe('C.'),
    months: z.array(z.int().min(1).max(12)).describe('D.'),
  })
  expect(detectorSettings(config)).toEqual([
    { key: 'window', value: 'duration', isRequired: false, default: '`1d`', description: 'A.' },
    { key: 'share', value: 'number above 0, up to 1', isRequired: true, description: 'B.' },
    { key: 'side', value: '`lower`, `higher`', isRequired: false, description: 'C.' },
    { key: 'months', value: 'list of whole numbers 1 to 12', isRequired: true, description: 'D.' },
  ])
})

it('refuses a setting without a description', () => {
  expect(() => detectorSettings(z.strictObject({ metric: z.string() }))).toThrow('metric has no .describe()')
})
