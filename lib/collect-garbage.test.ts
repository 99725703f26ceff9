import { expect, it } from 'vitest'
import { collectGarbage } from './collect-garbage.ts'

it('collects what is no longer reachable', async () => {
  const references = Array.from({ length: 100 }, () => new WeakRef({ bytes: new Array(1_000).fill(0) }))
  await collectGarbage()
  expect(references.filter((reference) => reference.deref() !== undefined)).toEqual([])
})
