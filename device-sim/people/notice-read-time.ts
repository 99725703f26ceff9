import { minuteMs } from '../../lib/time.ts'
import { isWithinHours } from '../../lib/zoned-time.ts'
import { Random } from '../random.ts'
import { findNextTime } from './local-time.ts'
import type { SimulatedOwner } from './owner.ts'

/** A message on a phone. */
export interface InboxMessage {
  id: string
  /** When it arrived, ms. */
  at: number
  urgent: boolean
}

/**
 * Half of the messages are seen within this time while their reader is awake. People see messages of friends within
 * minutes (Pielot, Church & de Oliveira 2014: median 3.5 min); service messages wait longer. Our choice.
 */
const medianReadMs = 25 * minuteMs
/** Spread of the logarithm: one in six waits for more than three times the median. */
const readSpread = 1.1
/** Messages of the night are read within this time after getting up. */
const morningDelayMs = 45 * minuteMs
/** Share of people woken by an urgent message at night. Our choice. */
const wokenByUrgentShare = 0.5
/** Share of messages that are dismissed unread. Our choice. */
const unreadShare = 0.06

/** Return when an owner reads a message, ms; undefined when never. */
export function sampleReadTime(owner: SimulatedOwner, message: InboxMessage): number | undefined {
  const random = new Random(owner.name, 'reads', message.id)
  if (!message.urgent && random.chance(unreadShare)) return undefined
  const awake = ({ hour }: { hour: number }) => isWithinHours(hour, owner.wakeHour, owner.sleepHour)
  const woken = message.urgent && random.chance(wokenByUrgentShare)
  const looks = message.at + (woken ? 0.3 : 1) * medianReadMs * random.lognormal(readSpread)
  const seen = woken ? looks : findNextTime(owner.timeZone, looks, awake)
  if (seen === undefined) return undefined
  // Not everybody takes up the phone right after waking.
  return Math.round(seen === looks ? looks : seen + random.between(0, morningDelayMs))
}
