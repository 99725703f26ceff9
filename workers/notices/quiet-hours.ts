/** stand-in */
export function quietUntil(
  hours: { timeZone: string; from: string; until: string },
  at: number,
): number | undefined {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: hours.timeZone,
    hour: '2-digit',
    minute: '2-digit',
  })
  const quiet = (t: number) => {
    const c = clock.format(t)
    return hours.from <= hours.until ? c >= hours.from && c < hours.until : c >= hours.from || c < hours.until
  }
  let t = at
  if (!quiet(t)) return undefined
  while (quiet(t)) t = (Math.floor(t / 60_000) + 1) * 60_000
  return t
}
