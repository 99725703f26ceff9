import { setTimeout as sleep } from 'node:timers/promises'
import { describeFault, type Fault } from './faults.ts'
import { strike, type Target } from './target.ts'

export interface StrikeOptions {
  targets: readonly Target[]
  say(text: string): void
  /** The part of the fleet's messages that is acknowledged. */
  share(): number
}

/** What does not recover for so long gets the next fault all the same, ms. */
const longestWaitMs = 20_000
const everyMs = 20

/** Carries a plan out, in step with the fleet. */
export async function strikeAll(
  plan: readonly Fault[],
  { targets, say, share }: StrikeOptions,
): Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  let before = 0
  for (const [index, fault] of plan.entries()) {
    const target = targets.find(({ name }) => name === fault.target)
    if (target === undefined) throw new RangeError(`there is no ${fault.target}`)
    await sleep(fault.afterMs)
    const goal = Math.min(before + fault.afterShare, 1)
    for (let waited = 0; share() < goal && waited < longestWaitMs; waited += everyMs) await sleep(everyMs)
    await underWay.get(fault.target)
    before = share()
    say(`fault ${index + 1} of ${plan.length}, ${Math.round(100 * before)} % sent: ${describeFault(fault)}`)
    const struck = strike(target, fault)
    underWay.set(fault.target, struck)
    struck.catch(() => {}) // Told to whoever waits for it, at the latest at the end.
    if (!fault.overlaps) await struck
  }
  await Promise.all(underWay.values())
}
