import { setTimeout as sleep } from 'node:timers/promises'
import type { Acknowledged } from './compare.ts'
import type { Device } from './device.ts'

const everyMs = 500

export interface PublishedOptions {
  devices: readonly Device[]
  /** With nothing acknowledged for so long it is given up, ms. */
  patienceMs: number
  now: () => number
}

/** Waits until every device has all of its messages acknowledged. */
export async function allPublished({ devices, patienceMs, now }: PublishedOptions): Promise<void> {
  let [last, movedAt] = [-1, now()]
  while (devices.some(({ done }) => !done) && now() - movedAt < patienceMs) {
    const left = devices.reduce((sum, { script, ackedAt }) => sum + script.messages.length - ackedAt.size, 0)
    if (left !== last) movedAt = now()
    last = left
    await sleep(everyMs)
  }
}

/** What the devices were told is safe. */
export function acknowledgedTo(devices: readonly Device[]): Acknowledged {
  const messages = devices.flatMap(({ script, ackedAt }) =>
    [...ackedAt.keys()].flatMap((place) => {
      const message = script.messages[place]
      return message === undefined ? [] : [{ device: script.device.id, message }]
    }),
  )
  const readings = messages.flatMap(({ device, message }) =>
    message.type === 'readings' ? message.readings.map(({ ts, values }) => ({ device, ts, values })) : [],
  )
  const wrong = messages.flatMap(({ device, message }) =>
    message.type === 'wrong' ? [{ device, reason: message.reason, payload: message.payload }] : [],
  )
  return { readings: unique(readings, ({ device, ts }) => `${device} ${ts}`), wrong }
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}
