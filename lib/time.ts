/** Durations in milliseconds. A day has 24 hours; for calendar days of a time zone see `zoned-time.ts`. */
export const secondMs = 1_000
export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000
