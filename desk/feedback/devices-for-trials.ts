import type { HistoryDevice, PartVerdict } from '../../evaluation/backtest/history.ts'

/** More are not replayed. */
const mostDevices = 500

export interface Wanted {
  kind: string
  verdicts: readonly PartVerdict[]
}

/**
 * The devices of a kind to try settings on: those that a technician looked at, for they are what is scored, and as many
 * others as there is room for, spread evenly over the fleet, for a rule that compares with peers needs some.
 */
export function devicesForTrials(
  devices: readonly HistoryDevice[],
  { kind, verdicts }: Wanted,
): readonly HistoryDevice[] {
  const judged = new Set(verdicts.map(({ device }) => device))
  const ofKind = devices.filter((device) => device.kind === kind)
  const seen = ofKind.filter(({ id }) => judged.has(id)).slice(-mostDevices)
  const others = ofKind.filter(({ id }) => !judged.has(id))
  const room = Math.min(others.length, mostDevices - seen.length)
  return [
    ...seen,
    ...Array.from({ length: room }, (_, n) => others[Math.floor((n * others.length) / room)]),
  ].filter((device) => device !== undefined)
}
