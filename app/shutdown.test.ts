import { expect, it } from 'vitest'
import { Shutdown } from './shutdown.ts'

it('undoes in reverse order, once, and goes on past a step that fails', async () => {
  const done: string[] = []
  const failed: string[] = []
  const shutdown = new Shutdown({ onError: (_error, what) => failed.push(what) })
  shutdown.add('the journal', async () => done.push('journal'))
  shutdown.add('the queues', async () => Promise.reject(new TypeError('gone')))
  shutdown.add('the broker', async () => done.push('broker'))
  await Promise.all([shutdown.run(), shutdown.run()])
  expect(done).toEqual(['broker', 'journal'])
  expect(failed).toEqual(['stopping the queues'])
})

it('leaves behind what does not end, says so, and has time left for the others', async () => {
  const done: string[] = []
  const told: string[] = []
  const onError = (error: unknown, what: string) => told.push(`${what}: ${error}`)
  const shutdown = new Shutdown({ onError, budgetMs: 90 })
  shutdown.add('the journal', async () => done.push('journal'))
  for (const name of ['records', 'workers', 'consumers']) {
    shutdown.add(`the ${name}`, () => new Promise(() => undefined))
  }
  await shutdown.run()
  expect(done).toEqual(['journal'])
  expect(told).toHaveLength(3)
  expect(told[0]).toMatch(/^stopping the consumers: .*took longer than 0\.0 s, left as it is; the next start/)
})

it('runs a step at once that is added after it has begun', async () => {
  const done: string[] = []
  const failed: string[] = []
  const shutdown = new Shutdown({ onError: (_error, what) => failed.push(what) })
  await shutdown.run()
  shutdown.add('the consumers', async () => done.push('consumers'))
  shutdown.add('the queues', async () => Promise.reject(new TypeError('gone')))
  await expect.poll(() => failed).toEqual(['stopping the queues'])
  expect(done).toEqual(['consumers'])
})
