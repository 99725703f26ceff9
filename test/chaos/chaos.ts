import { type Breaches, compare } from './compare.ts'
import { isKept, type Report, reportOf } from './report.ts'
import { type Run, type RunOptions, run } from './run.ts'

export interface Chaos {
  kept: boolean
  report: Report
  breaches: Breaches
  disturbed: Run
}

/** The same fleet twice: undisturbed, and with faults. Both have to end alike. */
export async function chaos(options: RunOptions): Promise<Chaos> {
  const { parts, size, say } = options
  say(
    `undisturbed, on ${parts} parts: ${size.devices} devices with ${size.readings} readings each, seed ${size.seed}`,
  )
  const undisturbed = await run({ ...options, faults: 0 })
  if (undisturbed.left !== '')
    throw new UndisturbedError(`the undisturbed run did not come to its end: ${undisturbed.left}`)
  say('with faults')
  const disturbed = await run(options)
  const breaches = compare(disturbed.acknowledged, disturbed.outcome, undisturbed.outcome)
  const report = reportOf({ parts, size, disturbed, breaches })
  return { kept: isKept(breaches, disturbed), report, breaches, disturbed }
}

/** Without anything to compare with there is nothing to show. */
class UndisturbedError extends Error {
  override readonly name = 'UndisturbedError'
}
