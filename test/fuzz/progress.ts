import type { PhaseName, ProgressCallback } from './report.ts'

const refreshIntervalsMs = { terminal: 200, lines: 10_000 }

/** Shows how far a phase is: one line that changes on a terminal, a line now and then elsewhere. */
export function showProgress(phase: PhaseName, count: number): ProgressCallback {
  const { isTTY } = process.stderr
  const start = Date.now()
  let shownAt = start
  return (tried) => {
    const now = Date.now()
    const isDue = now - shownAt >= (isTTY ? refreshIntervalsMs.terminal : refreshIntervalsMs.lines)
    if (!isDue && tried < count) return
    shownAt = now
    const line = `${phase}: ${tried} of ${count}, ${Math.round((now - start) / 1_000)} s`
    process.stderr.write(isTTY ? `\r${line}${tried < count ? '' : '\n'}` : `${line}\n`)
  }
}
