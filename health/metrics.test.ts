import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { healthyStatus } from '../api/testing/test-api.ts'
import { packageRoot } from '../lib/package-root.ts'
import { createMetrics, type Metrics } from './metrics.ts'

const startedAt = Date.UTC(2026, 0, 1)
const finding = { id: 'f-1', rule: 'phone.hot', state: 'raised', notice: 'battery' } as const

let metrics: Metrics
beforeEach(() => {
  metrics = createMetrics({ version: '1.2.3', startedAt })
})
afterEach(() => metrics.close())

const lines = async () => (await metrics.render(healthyStatus(), [])).split('\n')

test('docs/monitoring.md has the table of all metrics as they are now', async () => {
  const file = join(packageRoot, 'docs', 'monitoring.md')
  const document = readFileSync(file, 'utf8')
  const between = /(?<=<!-- metrics -->\n).*(?=<!-- \/metrics -->)/s
  expect(document).toMatch(between)
  await expect(document.replace(between, () => `${metrics.renderTable()}\n`)).toMatchFileSnapshot(file)
})

test('every metric that docs/monitoring.md names exists', () => {
  const document = readFileSync(join(packageRoot, 'docs', 'monitoring.md'), 'utf8')
  const table = metrics.renderTable()
  const named = [...document.matchAll(/`(forewarn_[a-z_]+)(\{[a-z,]+\})?`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(20)
  for (const name of named) expect(table).toMatch(new RegExp(`\`${name}[\`{]`))
})

it('names the versions of the program and of Node.js', async () => {
  expect(await lines()).toContain(`forewarn_build_info{version="1.2.3",node="${process.versions.node}"} 1`)
})

describe('findings', () => {
  const commit = (causedAt: number | undefined, change: object = {}) =>
    metrics.measurements.findingCommitted({
      finding: { ...finding, ...change },
      kind: 'phone',
      causedAt,
      committedAt: startedAt + 300,
    })
  const counted = 'forewarn_findings_total{rule="phone.hot",kind="phone",state="raised"}'

  it('are counted and measured', async () => {
    commit(startedAt + 100)
    expect(await lines()).toEqual(
      expect.arrayContaining([`${counted} 1`, 'forewarn_commit_to_finding_seconds_sum 0.2']),
    )
  })

  it.each([
    ['from a backlog of before the start', startedAt - 86_400_000],
    ['of a dead letter that was retried', undefined],
  ])('%s are counted and not measured', async (_, causedAt) => {
    commit(causedAt)
    expect(await lines()).toEqual(
      expect.arrayContaining([`${counted} 1`, 'forewarn_commit_to_finding_seconds_count 0']),
    )
  })

  it('of shadow rules are neither counted nor measured', async () => {
    commit(startedAt + 100, { shadow: true })
    const text = (await lines()).join('\n')
    expect(text).not.toContain(counted)
    expect(text).toContain('forewarn_commit_to_finding_seconds_count 0')
  })
})

describe('notices', () => {
  const measurements = () => metrics.measurements
  const attempt = (outcome: 'accepted' | 'unreachable', at: number) =>
    measurements().noticeAttempted({ notice: 'n-1', channel: 'mqtt', outcome, at: startedAt + at })
  const count = async () =>
    (await lines()).filter((line) => /^forewarn_finding_to_notice_seconds_(sum|count)/.test(line))
  beforeEach(() => {
    measurements().findingCommitted({ finding, kind: 'phone', causedAt: startedAt, committedAt: startedAt })
    measurements().findingRecorded('f-1', ['n-1'])
  })

  it('are measured once for each channel, however often they are sent', async () => {
    attempt('accepted', 1_500)
    attempt('accepted', 60_000)
    expect(await count()).toEqual([
      'forewarn_finding_to_notice_seconds_sum{channel="mqtt"} 1.5',
      'forewarn_finding_to_notice_seconds_count{channel="mqtt"} 1',
    ])
  })

  it('are not measured after their recipient could not be reached', async () => {
    attempt('unreachable', 1_500)
    attempt('accepted', 86_400_000)
    expect(await count()).toEqual([])
  })

  it('are not measured when they waited for the end of quiet hours', async () => {
    measurements().noticePostponed('n-1')
    attempt('accepted', 28_800_000)
    expect(await count()).toEqual([])
  })

  it('of findings that this process did not commit are not measured', async () => {
    measurements().findingRecorded('f-0', ['n-0'])
    measurements().noticeAttempted({ notice: 'n-0', channel: 'mqtt', outcome: 'accepted', at: startedAt })
    expect(await count()).toEqual([])
  })
})

it('shows no negative time after the clock was set back', async () => {
  metrics.measurements.messageCommitted(startedAt + 5_000, startedAt)
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'forewarn_publish_to_commit_seconds_sum 0',
      'forewarn_publish_to_commit_seconds_count 1',
    ]),
  )
})
