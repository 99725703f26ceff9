import { isDeepStrictEqual } from 'node:util'
import type { Heard } from './fleet/phone.ts'
import type { KeptFinding, KeptReading, KeptTicket, Outcome, Quarantined } from './outcome.ts'

/** What was acknowledged to the devices. */
export interface Acknowledged {
  /** Each once, however often it was sent. */
  readings: readonly KeptReading[]
  wrong: readonly Quarantined[]
}

/** What must not be, each in words, by the promise that it breaks. */
export interface Breaches {
  ackedLost: string[]
  storedTwice: string[]
  findingsLost: string[]
  findingsChanged: string[]
  duplicateTickets: string[]
  ticketsChanged: string[]
  duplicateNotices: string[]
  noticesLost: string[]
}

/** Holds what is kept at the end against what was acknowledged, and against the end of a run that nothing disturbed. */
export function compare(acked: Acknowledged, outcome: Outcome, undisturbed: Outcome): Breaches {
  return {
    ackedLost: [...lostReadings(acked.readings, outcome), ...lostWrong(acked.wrong, outcome)],
    storedTwice: storedTwice(outcome),
    ...comparedFindings(outcome.findings, undisturbed.findings),
    duplicateTickets: twice(outcome.tickets, partOf).map((part) => `tickets of ${part}`),
    ticketsChanged: ticketsChanged(outcome.tickets, undisturbed.tickets),
    duplicateNotices: duplicateNotices(outcome),
    noticesLost: noticesLost(outcome),
  }
}

function lostReadings(acked: readonly KeptReading[], { journal, series }: Outcome): string[] {
  const places = Object.entries({ journal: byMoment(journal), series: byMoment(series) })
  return acked.flatMap((reading) => {
    const without = places
      .filter(([, kept]) => !isDeepStrictEqual(kept.get(momentOf(reading))?.values, reading.values))
      .map(([place]) => place)
    return without.length === 0
      ? []
      : [`not as it was sent in ${without.join(' and ')}: ${momentOf(reading)}`]
  })
}

/** What is quarantined has no number of its own: sent again it is there again, so it is looked for by what it says. */
function lostWrong(acked: readonly Quarantined[], { quarantined }: Outcome): string[] {
  const key = ({ device, reason, payload }: Quarantined) => `${device} ${reason} ${payload}`
  const kept = new Set(quarantined.map(key))
  return acked.map(key).flatMap((wrong) => (kept.has(wrong) ? [] : [`the quarantine has no ${wrong}`]))
}

function storedTwice({ journal, stored, series, seriesValues }: Outcome): string[] {
  const values = [...byMoment(series).values()].reduce(
    (sum, reading) => sum + Object.keys(reading.values).length,
    0,
  )
  return [
    ...twice(journal, momentOf).map((moment) => `in the journal: ${moment}`),
    ...twice(series, momentOf).map((moment) => `in the series: ${moment}`),
    ...(stored === journal.length
      ? []
      : [`the journal counted ${stored} readings and has ${journal.length}`]),
    ...(seriesValues === values ? [] : [`the series hold ${seriesValues} values, of which ${values} differ`]),
  ]
}

function comparedFindings(findings: readonly KeptFinding[], undisturbed: readonly KeptFinding[]) {
  const [there, usual] = [byId(findings), byId(undisturbed)]
  const changed = [...there].flatMap(([id, finding]) => {
    const before = usual.get(id)
    if (before === undefined) return [`was never found without faults: ${describe(finding)}`]
    if (isDeepStrictEqual(finding, before)) return []
    return [`says something else: ${describe(finding)}: ${differenceOf(finding, before)}`]
  })
  const lost = [...usual].flatMap(([id, finding]) => (there.has(id) ? [] : [describe(finding)]))
  return { findingsLost: lost, findingsChanged: changed }
}

/** What of a finding differs, and of its evidence, now and before. */
function differenceOf(now: KeptFinding, before: KeptFinding): string {
  const flat = ({ evidence, ...rest }: KeptFinding) =>
    new Map(Object.entries({ ...rest, ...Object(evidence) }))
  const [there, usual] = [flat(now), flat(before)]
  return [...new Set([...there.keys(), ...usual.keys()])]
    .filter((key) => !isDeepStrictEqual(there.get(key), usual.get(key)))
    .map((key) => `${key} ${JSON.stringify(usual.get(key))} became ${JSON.stringify(there.get(key))}`)
    .join(', ')
}

function ticketsChanged(tickets: readonly KeptTicket[], undisturbed: readonly KeptTicket[]): string[] {
  const [there, usual] = [byId(tickets), byId(undisturbed)]
  return [...new Set([...there.keys(), ...usual.keys()])].flatMap((id) => {
    const [now, before] = [there.get(id), usual.get(id)]
    return isDeepStrictEqual(now, before) ? [] : [`${JSON.stringify(before)} became ${JSON.stringify(now)}`]
  })
}

/** Two notices of one finding; the same notice twice is for the phone to fold, by its id. */
function duplicateNotices({ notices, heard }: Outcome): string[] {
  const distinct = new Map(heard.map((each) => [each.notice, each]))
  return [
    ...twice(notices, ({ finding }) => finding).map((finding) => `in the ledger: of ${finding}`),
    ...twice<Heard>([...distinct.values()], ({ finding }) => finding).map(
      (finding) => `on a phone: of ${finding}`,
    ),
  ]
}

/** Whatever is raised is told to the owner once, also when it is over by then. */
function noticesLost({ findings, notices, heard }: Outcome): string[] {
  const told = new Set(notices.map(({ finding }) => finding))
  const arrived = new Set(heard.map(({ notice }) => notice))
  const missing = findings
    .filter((finding) => finding.state === 'raised' && !told.has(finding.id))
    .map((finding) => `nobody was told of ${describe(finding)}`)
  const late = notices
    .filter(({ id }) => !arrived.has(id))
    .map(({ id, state }) => `${id}, ${state}, did not arrive`)
  return [...missing, ...late]
}

function momentOf({ device, ts }: KeptReading): string {
  return `${device} ${new Date(ts).toISOString()}`
}

function byMoment(readings: readonly KeptReading[]): Map<string, KeptReading> {
  return new Map(readings.map((reading) => [momentOf(reading), reading]))
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}

function partOf({ device, component, epoch }: { device: string; component: string; epoch: number }): string {
  return `${device} ${component} ${epoch}`
}

/** The keys that more than one item has, once for each item too many. */
function twice<T>(items: readonly T[], key: (item: T) => string): string[] {
  const seen = new Set<string>()
  return items.map(key).filter((each) => seen.size === seen.add(each).size)
}

function describe({ id, device, rule, state, at }: KeptFinding): string {
  return `${rule} ${state} on ${device} at ${new Date(at).toISOString()} (${id})`
}
