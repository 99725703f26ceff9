import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { HealthCheck } from '../../health/readiness.ts'
import { createRecordingLogger } from '../../lib/testing/recording-logger.ts'
import type { RuleRollout, RuleRolloutOutcome } from '../../rules/rollout/rule-rollout.ts'
import { emptyRuleSetVersion } from '../../rules/rollout/rule-set-version.ts'
import { createCheckLog } from './check-log.ts'
import { createCircuitLog } from './circuit-log.ts'
import { logRuleChanges } from './log-rule-changes.ts'
import { startQuarantineLog } from './quarantine-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('logs quarantined messages once a minute, one line and one sample for each reason', () => {
  const { log, lines } = createRecordingLogger()
  const quarantine = startQuarantineLog(log)
  const topic = 'pm/v1/devices/d-1/telemetry'
  for (let n = 0; n < 1_000; n++)
    quarantine.record({ reason: 'ts_future', detail: `${n}`, topic, device: 'd-1' })
  quarantine.record({ reason: 'not_json', detail: 'no JSON', topic })
  expect(lines).toEqual([])
  vi.advanceTimersByTime(60_000)
  expect(lines).toMatchObject([
    {
      level: 'warn',
      message: '1000 messages quarantined: ts_future',
      fields: { event: 'quarantined', reason: 'ts_future', count: 1_000, device: 'd-1', topic, detail: '0' },
    },
    { message: '1 message quarantined: not_json', fields: { count: 1, detail: 'no JSON' } },
  ])
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(2)
  quarantine.record({ reason: 'not_json', detail: 'no JSON', topic })
  quarantine.stop()
  expect(lines).toHaveLength(3)
})

it('logs a check when it begins to fail and when it recovers', () => {
  const { log, lines } = createRecordingLogger()
  const onChecks = createCheckLog(log)
  const name = 'gateway'
  const fine = { name, ok: true, state: 'healthy', detail: 'healthy' } satisfies HealthCheck
  const failed = { name, ok: false, state: 'down', detail: 'not connected' } satisfies HealthCheck
  for (const check of [fine, failed, failed, fine, fine]) onChecks([check])
  expect(lines).toMatchObject([
    { level: 'warn', message: 'not connected', fields: { event: 'check_failed', component: 'gateway' } },
    { level: 'info', message: 'recovered', fields: { event: 'check_recovered', component: 'gateway' } },
  ])
})

it('logs a circuit breaker that opened with the error that opened it', () => {
  const { log, lines } = createRecordingLogger()
  const onCircuitChange = createCircuitLog(log)
  const error = new TypeError('no answer')
  onCircuitChange({ channel: 'webhook', endpoint: 'https://example.org', to: 'open', error })
  onCircuitChange({ channel: 'webhook', endpoint: 'https://example.org', to: 'closed' })
  expect(lines).toMatchObject([
    { level: 'warn', fields: { event: 'circuit_opened', endpoint: 'https://example.org', err: error } },
    { level: 'info', fields: { event: 'circuit_closed', component: 'channel webhook' } },
  ])
})

it('logs who changed which rules, and why a change was rejected', async () => {
  const { log, lines } = createRecordingLogger()
  const outcomes: RuleRolloutOutcome[] = [
    {
      is: 'done',
      changes: [
        { name: 'phone.battery_worn', version: 'a1', to: 'live' },
        { name: 'phone.hot', version: 'b2', to: 'retired' },
      ],
      kindFiles: [],
    },
    { is: 'done', changes: [], kindFiles: [] },
    { is: 'rejected', reason: 'rule_not_live', why: 'there is no live rule phone.cold' },
  ]
  const next = async () => outcomes.shift() ?? { is: 'done' as const, changes: [], kindFiles: [] }
  const rollout: RuleRollout = {
    current: emptyRuleSetVersion,
    reload: next,
    refresh: async () => undefined,
    preview: async () => ({ is: 'invalid', problems: [] }),
    startTrial: next,
    withdraw: next,
    promote: next,
    rollback: next,
  }
  const logged = logRuleChanges(rollout, log)
  await logged.reload('SIGHUP')
  await logged.reload('SIGHUP')
  await logged.promote({ by: 'ada', name: 'phone.cold' })
  expect(lines).toMatchObject([
    {
      level: 'info',
      message: 'rules changed: 2',
      fields: { by: 'SIGHUP', action: 'reload', live: ['phone.battery_worn@a1'], retired: ['phone.hot@b2'] },
    },
    { level: 'warn', fields: { by: 'ada', action: 'promote', rule: 'phone.cold', reason: 'rule_not_live' } },
  ])
})
