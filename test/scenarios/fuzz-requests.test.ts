import { expect, test } from 'vitest'
import { fuzzRequests } from '../fuzz/requests.ts'

const timeout = 240_000
const seed = 20_260_115
const progress = () => undefined

test('every request is answered, and what is wrong as a problem', { timeout }, async () => {
  expect(await fuzzRequests({ count: 1_000, seed, progress })).toMatchObject({ failures: [] })
})
