import { describe, expect, test, vi } from 'vitest'
import { AcceptanceStoppedError } from '../../../../ingest/acceptance/pending-work.ts'
import { JournalFencedError, JournalFullError, JournalWriteError } from '../../../../store/journal/journal.ts'
import { partitionOf } from '../../../../store/journal/partitions.ts'
import { MessageRouter } from './message-router.ts'

const prefix = 'pm/v1'
const message = (device: string, leaf = 'telemetry') => ({
  topic: `${prefix}/devices/${device}/${leaf}`,
  payload: Buffer.from('{}'),
})

function createRouter() {
  const inboxes = [0, 1, 2].map(() => ({ put: vi.fn(async () => undefined) }))
  const router = new MessageRouter({
    prefix,
    partitions: inboxes.map((inbox) => ({ inbox: inbox as never })),
    find: () => undefined,
    now: () => 7,
    signal: new AbortController().signal,
  })
  return { router, inboxes }
}

function acceptanceOf(known: readonly string[], accept = vi.fn(async () => undefined)) {
  const find = (id: string) => (known.includes(id) ? { id, kind: 'phone' } : undefined)
  return { accept, registration: { find } }
}

describe('a message', () => {
  test('of a partition that another process ingests goes into the inbox of that partition, with its time of receipt', async () => {
    const { router, inboxes } = createRouter()
    await router.accept(message('d-1'))
    expect(inboxes.map(({ put }) => put.mock.calls.length).indexOf(1)).toBe(partitionOf('d-1', 3))
    expect(inboxes[partitionOf('d-1', 3)]?.put).toHaveBeenCalledWith({ ...message('d-1'), receivedAt: 7 })
  })

  test('of a partition that this process ingests is accepted here, and not after the partition was given up', async () => {
    const { router, inboxes } = createRouter()
    const partition = partitionOf('d-1', 3)
    const acceptance = acceptanceOf(['d-1'])
    router.open(partition, acceptance)
    await router.accept(message('d-1'))
    expect(acceptance.accept).toHaveBeenCalledOnce()
    expect(inboxes[partition]?.put).not.toHaveBeenCalled()
    router.close(partition)
    await router.accept(message('d-1'))
    expect(acceptance.accept).toHaveBeenCalledOnce()
    expect(inboxes[partition]?.put).toHaveBeenCalledOnce()
  })

  test('that overtook the announcement of its device waits in the inbox; the announcement does not', async () => {
    const { router, inboxes } = createRouter()
    const partition = partitionOf('d-1', 3)
    const acceptance = acceptanceOf([])
    router.open(partition, acceptance)
    await router.accept(message('d-1'))
    expect(inboxes[partition]?.put).toHaveBeenCalledOnce()
    await router.accept(message('d-1', 'state'))
    expect(acceptance.accept).toHaveBeenCalledOnce()
  })

  test.each([new AcceptanceStoppedError('stopped'), new JournalFencedError('another has taken over')])(
    'that cannot be accepted here any more is forwarded: %s',
    async (error) => {
      const { router, inboxes } = createRouter()
      const partition = partitionOf('d-1', 3)
      router.open(
        partition,
        acceptanceOf(
          ['d-1'],
          vi.fn(async () => Promise.reject(error)),
        ),
      )
      await router.accept(message('d-1'))
      expect(inboxes[partition]?.put).toHaveBeenCalledOnce()
    },
  )

  test('is not acknowledged when the inbox cannot be written, and waits while it is full', async () => {
    const { router, inboxes } = createRouter()
    const put = inboxes[partitionOf('d-1', 3)]?.put
    put?.mockRejectedValueOnce(new JournalWriteError('Redis is unavailable'))
    await expect(router.accept(message('d-1'))).rejects.toThrow('Redis is unavailable')
    put?.mockRejectedValueOnce(new JournalFullError('full'))
    await router.accept(message('d-1'))
    expect(put).toHaveBeenCalledTimes(3)
  })
})
