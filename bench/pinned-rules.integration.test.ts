import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadRules } from '../rules/files/load-rules.ts'
import { shippedReferences } from '../rules/testing/rules.ts'

const folder = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url))

it('has seven pinned rules of robot vacuums, and one of phones, that the present program takes', async () => {
  const pinned = await loadRules([folder('rules')], shippedReferences)
  expect(pinned.map(({ kind }) => kind)).toEqual(Array(7).fill('robot_vacuum'))
  const ofPhones = await loadRules([folder('rules-of-phones')], shippedReferences)
  expect(ofPhones.map(({ name }) => name)).toEqual(['phone.battery_hot'])
})
