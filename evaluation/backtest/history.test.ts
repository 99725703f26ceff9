import { describe, expect, it, onTestFinished } from 'vitest'
import { openTestApi } from '../../api/testing/test-api.ts'
import { openRecords } from '../../store/records/open.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { describeHistory } from './history.conformance.ts'
import { ServedHistoryError, servedHistory } from './served-history.ts'
import { storedHistory } from './stored-history.ts'

describeHistory('the history in the stores', async () => {
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

describeHistory('the history that a running program serves', async () => {
  const api = await openTestApi()
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    series: api.series,
    records: api.records.db,
    open: () => servedHistory(url),
    destroy: () => api.close(),
  }
})

describe('a served history', () => {
  it('says which program cannot be reached', async () => {
    const api = await openTestApi()
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
    await api.close()
    await expect(servedHistory(url)).rejects.toThrow(`${url}/api/history cannot be reached`)
  })

  it('that ends in the middle is not taken for whole', async () => {
    const api = await openTestApi()
    onTestFinished(() => api.close())
    await api.series.write([{ device: 'a', ts: 1, values: { x: 1 } }], 1)
    const scan = api.series.scan.bind(api.series)
    api.series.scan = async function* (wanted) {
      yield* scan(wanted)
      throw new Error('the disk is gone')
    }
    const history = await servedHistory(await api.app.listen({ host: '127.0.0.1', port: 0 }))
    const read = async () => {
      for await (const batch of history.readings({ from: 0, to: 10 })) expect(batch).toHaveLength(1)
    }
    await expect(read()).rejects.toThrow(ServedHistoryError)
  })
})
