import { expect, test } from 'vitest'
import { filterMatches } from './topic-filter.ts'

const anyTelemetry = ['pm', 'v1', 'devices', undefined, 'telemetry']

test.each([
  ['#', true],
  ['pm/#', true],
  ['+/+/+/+/+', true],
  ['pm/v1/devices/+/telemetry', true],
  ['pm/v1/devices/d-1/telemetry', true],
  ['pm/v1/devices/d-1/#', true],
  ['pm/v1/devices/d-1/telemetry/#', true],
  ['pm/v1/devices/d-1/state', false],
  ['pm/v1/devices/+', false],
  ['pm/v1/users/#', false],
  ['pm/v2/#', false],
  ['pm/v1/devices/+/telemetry/+', false],
])('%s can match telemetry: %s', (filter, expected) => {
  expect(filterMatches(filter, anyTelemetry)).toBe(expected)
})
