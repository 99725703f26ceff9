import { isDeepStrictEqual } from 'node:util'
import type {
  FinalState,
  QuarantinedMessage,
  StoredFinding,
  StoredReading,
  StoredTicket,
} from './final-state.ts'
import type { ReceivedNotice } from './fleet/phone.ts'

/** What was acknowledged to the devices. */
export interface AcknowledgedMessages {
  /** Each once, however often it was sent. */
  readings: readonly StoredReading[]
  invalid: readonly QuarantinedMessage[]
}

/** What must not be, each in words, by the promise that it breaks. */
export interface InvariantViolations {
  ackedLost: string[]
  storedTwice: string[]
  findingsLost: string[]
  findingsChanged: string[]
  duplicateTickets: string[]
  ticketsChanged: string[]
  historiesChanged: string[]
  deskEventsChanged: string[]
  duplicateNotices: string[]
  noticesLost: string[]
}

/** Holds what is kept at the end against what was acknowledged, and against the end of a run that nothing disturbed. */
export function findViolations(
  acked: AcknowledgedMessages,
  outcome: FinalState,
  baseline: FinalState,
): InvariantViolations {
  return {
    ackedLost: [...findLostReadings(acked.readings, outcome), ...lostInvalid(acked.invalid, outcome)],
    storedTwice: findStoredTwice(outcome),
    ...compareFindings(outcome.findings, baseline.findings),
    duplicateTickets: findDuplicates(outcome.tickets, partKey).map((part) => `tickets of ${part}`),
    ticketsChanged: findChangedTickets(outcome.tickets, baseline.tickets),
    historiesChanged: compareCounts(outcome.steps, baseline.steps),
    deskEventsChanged: compareCounts(outcome.deskEvents, baseline.deskEvents),
    duplicateNotices: findDuplicateNotices(outcome),
    noticesLost: findLostNotices(outcome),
  }
}

/** The series have every reading; the journal those that are not trimmed, and they must be as they were sent. */
function findLostReadings(
  acked: readonly StoredReading[],
  { journal, series, isTrimmed }: FinalState,
): string[] {
  const inJournal = byReadingKey(journal)
  if (isTrimmed)
    for (const reading of acked)
      if (!inJournal.has(readingKey(reading))) inJournal.set(readingKey(reading), reading)
  const places = Object.entries({ journal: inJournal, series: byReadingKey(series) })
  return acked.flatMap((reading) => {
    const without = places
      .filter(([, kept]) => !isDeepStrictEqual(kept.get(readingKey(reading))?.values, reading.values))
      .map(([place]) => place)
    return without.length === 0
      ? []
      : [`not as it was sent in ${without.join(' and ')}: ${readingKey(reading)}`]
  })
}

/** What is quarantined has no number of its own: sent again it is there again, so it is looked for by what it says. */
function lostInvalid(acked: readonly QuarantinedMessage[], { quarantined }: FinalState): string[] {
  const key = ({ device, reason, payload }: QuarantinedMessage) => `${device} ${reason} ${payload}`
  const kept = new Set(quarantined.map(key))
  return acked.map(key).flatMap((wrong) => (kept.has(wrong) ? [] : [`the quarantine has no ${wrong}`]))
}

function findStoredTwice({ journal, isTrimmed, stored, series, seriesValues }: FinalState): string[] {
  const distinct = byReadingKey(series)
  const expected = isTrimmed ? distinct.size : journal.length
  const values = [...distinct.values()].reduce((sum, reading) => sum + Object.keys(reading.values).length, 0)
  return [
    ...findDuplicates(journal, readingKey).map((moment) => `in the journal: ${moment}`),
    ...findDuplicates(series, readingKey).map((moment) => `in the series: ${moment}`),
    ...(stored === expected ? [] : [`the journal counted ${stored} readings, and there are ${expected}`]),
    ...(seriesValues === values ? [] : [`the series hold ${seriesValues} values, of which ${values} differ`]),
  ]
}

function compareFindings(findings: readonly StoredFinding[], baseline: readonly StoredFinding[]) {
  const [there, usual] = [byId(findings), byId(baseline)]
  const changed = [...there].flatMap(([id, finding]) => {
    const before = usual.get(id)
    if (before === undefined) return [`was never found without faults: ${describeFinding(finding)}`]
    if (isDeepStrictEqual(finding, before)) return []
    return [`says something else: ${describeFinding(finding)}: ${differenceOf(finding, before)}`]
  })
  const lost = [...usual].flatMap(([id, finding]) => (there.has(id) ? [] : [describeFinding(finding)]))
  return { findingsLost: lost, findingsChanged: changed }
}

/** What of a finding differs, and of its evidence, now and before. */
function differenceOf(now: StoredFinding, before: StoredFinding): string {
  const flat = ({ evidence, ...rest }: StoredFinding) =>
    new Map(Object.entries({ ...rest, ...Object(evidence) }))
  const [there, usual] = [flat(now), flat(before)]
  return [...new Set([...there.keys(), ...usual.keys()])]
    .filter((key) => !isDeepStrictEqual(there.get(key), usual.get(key)))
    .map((key) => `${key} ${JSON.stringify(usual.get(key))} became ${JSON.stringify(there.get(key))}`)
    .join(', ')
}

function findChangedTickets(tickets: readonly StoredTicket[], baseline: readonly StoredTicket[]): string[] {
  const [there, usual] = [byId(tickets), byId(baseline)]
  return [...new Set([...there.keys(), ...usual.keys()])].flatMap((id) => {
    const [now, before] = [there.get(id), usual.get(id)]
    return isDeepStrictEqual(now, before) ? [] : [`${JSON.stringify(before)} became ${JSON.stringify(now)}`]
  })
}

/** Two notices of one finding; the same notice twice is for the phone to fold, by its id. */
function findDuplicateNotices({ notices, receivedNotices }: FinalState): string[] {
  const ofFindings = receivedNotices.filter(({ finding }) => finding !== '')
  const distinct = new Map(ofFindings.map((each) => [each.notice, each]))
  return [
    ...findDuplicates(notices, ({ finding }) => finding).map((finding) => `in the ledger: of ${finding}`),
    ...findDuplicates<ReceivedNotice>([...distinct.values()], ({ finding }) => finding).map(
      (finding) => `on a phone: of ${finding}`,
    ),
  ]
}

/** Each raised finding has a notice, which arrived, or was withdrawn because the finding was cleared. */
function findLostNotices({ findings, notices, receivedNotices }: FinalState): string[] {
  const told = new Set(notices.map(({ finding }) => finding))
  const arrived = new Set(receivedNotices.map(({ notice }) => notice))
  const missing = findings
    .filter((finding) => finding.state === 'raised' && !told.has(finding.id))
    .map((finding) => `no notice of ${describeFinding(finding)}`)
  const cleared = new Set(findings.filter((raised) => isCleared(raised, findings)).map(({ id }) => id))
  const late = notices
    .filter(({ id, digest }) => !arrived.has(id) && !arrived.has(digest ?? id))
    .filter(({ finding, state }) => state !== 'withdrawn' || !cleared.has(finding))
    .map(({ id, state }) => `${id}, ${state}, did not arrive`)
  return [...missing, ...late]
}

function isCleared(raised: StoredFinding, findings: readonly StoredFinding[]): boolean {
  return findings.some(
    ({ state, at, ...part }) =>
      state === 'cleared' &&
      at >= raised.at &&
      part.rule === raised.rule &&
      partKey(part) === partKey(raised),
  )
}

/** What occurs more or less often than without faults, by content. */
function compareCounts<T>(items: readonly T[], baseline: readonly T[]): string[] {
  const counts = new Map<string, number>()
  const add = (item: T, by: number) => {
    const key = JSON.stringify(item)
    counts.set(key, (counts.get(key) ?? 0) + by)
  }
  for (const item of items) add(item, 1)
  for (const item of baseline) add(item, -1)
  return [...counts].flatMap(([key, count]) => {
    if (count === 0) return []
    return [`${Math.abs(count)} ${count > 0 ? 'too many' : 'missing'}: ${key}`]
  })
}

function readingKey({ device, ts }: StoredReading): string {
  return `${device} ${new Date(ts).toISOString()}`
}

function byReadingKey(readings: readonly StoredReading[]): Map<string, StoredReading> {
  return new Map(readings.map((reading) => [readingKey(reading), reading]))
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}

function partKey({ device, component, epoch }: { device: string; component: string; epoch: number }): string {
  return `${device} ${component} ${epoch}`
}

/** The keys that more than one item has, once for each item too many. */
function findDuplicates<T>(items: readonly T[], key: (item: T) => string): string[] {
  const seen = new Set<string>()
  return items.map(key).filter((each) => seen.size === seen.add(each).size)
}

function describeFinding({ id, device, rule, state, at }: StoredFinding): string {
  return `${rule} ${state} on ${device} at ${new Date(at).toISOString()} (${id})`
}
