import { describe, expect, it, onTestFinished } from 'vitest'
import { openTestApi } from '../../api/testing/test-api.ts'
import { openRecords } from '../../store/records/records-store.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { RemoteHistoryError, remoteHistory } from './remote-history.ts'
import { describeReplayHistory } from './replay-history.conformance.ts'
import { storedHistory } from './stored-history.ts'

describeReplayHistory('the history in the stores', async () => {
  const { db: records, close } = await openRecords({ onError: () => undefined })
  const series = await openDuckDbSeries({ path: ':memory:' })
  return {
    series,
    records,
    open: async () =>
      storedHistory({ series, records, liveRules: async () => [], close: async () => undefined }),
    async destroy() {
      await series.close()
      await close()
    },
  }
})

describeReplayHistory('the history that a running program serves', async () => {
  const api = await openTestApi()
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    series: api.series,
    records: api.records.db,
    open: () => remoteHistory(url),
    destroy: () => api.close(),
  }
})

describe('a remote history', () => {
  it('names the program that cannot be reached', async () => {
    const api = await openTestApi()
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
    await api.close()
    await expect(remoteHistory(url)).rejects.toThrow(`${url}/api/history cannot be reached`)
  })

  it('fails when it ends early', async () => {
    const api = await openTestApi()
    onTestFinished(() => api.close())
    await api.series.write([{ device: 'a', ts: 1, values: { x: 1 } }], 1)
    const scan = api.series.scan.bind(api.series)
    api.series.scan = async function* (wanted) {
      yield* scan(wanted)
      throw new Error('the disk is gone')
    }
    const history = await remoteHistory(await api.app.listen({ host: '127.0.0.1', port: 0 }))
    const read = async () => {
      for await (const batch of history.readings({ from: 0, to: 10 })) expect(batch).toHaveLength(1)
    }
    await expect(read()).rejects.toThrow(RemoteHistoryError)
  })
})
