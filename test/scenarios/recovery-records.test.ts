import { describe, expect, it } from 'vitest'
import { createInstallation } from '../recovery/installation.ts'
import { setBack } from '../recovery/set-back.ts'

const timeout = 120_000

describe('records that come back from an older state', () => {
  it('get the same tickets and notices again from the journal', { timeout }, async () => {
    const installation = await createInstallation()
    const expected = await setBack(installation, () => installation.keep('records'))
    await installation.waitForTickets(['a', 'b', 'c', 'd'])
    expect(await installation.outcome()).toEqual(expected)
    expect(await installation.recovery()).toMatchObject({ ok: true })
    await installation.overheat('e')
  })

  it('report exactly what the journal no longer has', { timeout }, async () => {
    const installation = await createInstallation({ FOREWARN_JOURNAL_KEEP_ENTRIES: '1' })
    await setBack(installation, () => installation.keep('records'))
    const check = await installation.recovery()
    expect(check).toMatchObject({ ok: false, state: 'degraded' })
    const [gap] = installation.loggedGaps.filter(({ component }) => component === 'records')
    expect(gap).toMatchObject({ kind: 'trimmed', from: expect.any(Number), to: expect.any(Number) })
    expect(check?.detail).toContain(
      `records: entries ${gap?.from} to ${gap?.to} of the telemetry stream are missing`,
    )
    const labels = '{consumer="records",kind="trimmed"}'
    expect(await installation.metrics()).toEqual(
      expect.arrayContaining([
        `forewarn_journal_gap_first_offset${labels} ${gap?.from}`,
        `forewarn_journal_gap_last_offset${labels} ${gap?.to}`,
      ]),
    )
    // Their announcements are among the entries that are gone.
    const { records } = installation.forewarn
    const devices = await records.selectFrom('devices').select('id').orderBy('id').execute()
    expect(devices.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    // The positions after the gap are stored with what is handled next.
    await installation.overheat('e')
    await installation.stop()
    await installation.start()
    expect(await installation.recovery()).toMatchObject({ ok: true })
  })
})
