import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AckQueue } from './ack-queue.ts'

class Connection {
  readonly ids: number[] = []
  destroyed = false

  write(packets: Buffer): boolean {
    for (let at = 0; at < packets.length; at += 4) {
      expect(packets.readUInt16BE(at)).toBe(0x4002)
      this.ids.push(packets.readUInt16BE(at + 2))
    }
    return true
  }
}

test('acknowledges in the order of arrival, each as soon as all before it are done', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => i * 3_000 + 1)
  const order = fc.shuffledSubarray([...ids.keys()])
  await fc.assert(
    fc.asyncProperty(order, async (done) => {
      const connection = new Connection()
      const queue = new AckQueue(connection)
      const held = ids.map((id) => queue.enqueue(id))
      for (const index of done) {
        held[index]?.acknowledge()
        if (index % 3 === 0) await setImmediate()
      }
      await setImmediate()
      const firstUndone = ids.findIndex((_, index) => !done.includes(index))
      expect(connection.ids).toEqual(firstUndone === -1 ? ids : ids.slice(0, firstUndone))
    }),
  )
})

test('says nothing on a connection that is gone', async () => {
  const connection = new Connection()
  const held = new AckQueue(connection).enqueue(1)
  connection.destroyed = true
  held.acknowledge()
  await setImmediate()
  expect(connection.ids).toEqual([])
})
