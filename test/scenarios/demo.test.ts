import { expect, it } from 'vitest'
import type { DemoResult } from '../../demo/demo.ts'
import { runProgram } from '../support/program.ts'

async function demo(seed: number): Promise<DemoResult> {
  const args = ['demo', '--devices', '24', '--days', '90', '--seed', String(seed), '--json']
  const program = await runProgram(args)
  expect(program.child.exitCode, program.stderr).toBe(0)
  return program.result<DemoResult>()
}

it('finds the same for the same seed, other things for another, and loses nothing', {
  timeout: 180_000,
}, async () => {
  const first = await demo(3)
  const { received, stored, duplicate, quarantined } = first
  expect(received).toBe(stored + duplicate + quarantined)
  // A clock that counts from 1970 is the one injected fault that is quarantined.
  expect(quarantined).toBe(first.injected.clock1970Readings)
  expect(first.noticesDelivered).toBeGreaterThan(0)
  expect(first.duplicateNotices).toBe(0)
  expect(first.truth.failures).toBe(first.truth.detected + first.truth.missed)

  // Whether a notice is still true when it would be sent depends on how fast the days of the fleet pass.
  const { elapsedMs, noticesDelivered } = first
  expect({ ...(await demo(3)), elapsedMs, noticesDelivered }).toEqual(first)
  expect((await demo(4)).digest).not.toBe(first.digest)
})
