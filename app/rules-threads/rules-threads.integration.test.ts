import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fleetModelsOf, live, openPartitions } from '../testing/live-fleet.ts'
import { RulesThreadEndedError } from './rules-thread.ts'

/** A plugin that ends its thread each time the file `end` is written. */
async function endingPlugin() {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-rules-thread-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const [plugin, end] = [join(dir, 'plugin.js'), join(dir, 'end')]
  const code = `import { existsSync, rmSync } from 'node:fs'
    const end = ${JSON.stringify(end)}
    setInterval(() => { if (existsSync(end)) { rmSync(end); process.exit(3) } }, 5).unref()
    export default {}`
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await writeFile(plugin, code)
  return { plugin, endThread: () => writeFile(end, '') }
}

it('finds the same in threads, and learns from the partitions of other threads', async () => {
  const [one, three] = [await openPartitions(1), await openPartitions(3)]
  const expected = await live(one)
  const found = await live(three, { threads: 2 })
  expect(found).toEqual(expected)
  expect(found.errors).toEqual([])
  expect(found.findings.map(({ rule }) => rule)).toContain('phone.hotter_than_peers')
  const [model = []] = await fleetModelsOf(one)
  expect(model.length).toBeGreaterThan(0)
  for (const fleetModel of await fleetModelsOf(three)) expect(fleetModel).toEqual(model)
})

it('starts a thread again that ended on its own, and loses and repeats nothing', async () => {
  const [one, other] = [await openPartitions(1), await openPartitions(1)]
  const { errors: none, ...expected } = await live(one)
  const { plugin, endThread } = await endingPlugin()
  let turns = 0
  // Not in each of the six turns: the pauses grow.
  const onTurn = async () => {
    turns += 1
    if (turns % 2 === 0) await endThread()
  }
  const { errors, ...found } = await live(other, { threads: 1, plugins: [plugin], onTurn })
  expect(found).toEqual(expected)
  expect(none).toEqual([])
  expect(errors.length).toBeGreaterThan(1)
  for (const error of errors) expect(error).toBeInstanceOf(RulesThreadEndedError)
})
