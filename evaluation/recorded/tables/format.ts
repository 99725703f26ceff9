import type { TimeUnit } from '../prognosis-dataset.ts'

/** Return a time in the unit of the dataset. */
export function formatInUnit(ms: number | null, time: TimeUnit): string {
  if (ms === null) return ''
  const value = ms / time.ms
  const text = value.toFixed(Math.abs(value) < 10 ? 1 : 0)
  return text === '-0.0' ? '0.0' : text
}

export function formatRoundPercent(share: number | null): string {
  return share === null ? '' : `${Math.round(share * 100)} %`
}
