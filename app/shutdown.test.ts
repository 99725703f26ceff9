import { expect, it } from 'vitest'
import { Shutdown } from './shutdown.ts'

it('undoes in reverse order, once, and goes on past a step that fails', async () => {
  const done: string[] = []
  const failed: string[] = []
  const shutdown = new Shutdown((_error, what) => failed.push(what))
  shutdown.add('the journal', async () => done.push('journal'))
  shutdown.add('the queues', async () => Promise.reject(new TypeError('gone')))
  shutdown.add('the broker', async () => done.push('broker'))
  await Promise.all([shutdown.run(), shutdown.run()])
  expect(done).toEqual(['broker', 'journal'])
  expect(failed).toEqual(['stopping the queues'])
})
