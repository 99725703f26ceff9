import { deviceIdProblem, userIdProblem } from '../../contract/ids.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'

/** Parsed topic; `unknown`, with the reason, for every topic that no client should publish to. */
export type ParsedTopic =
  | { type: 'telemetry'; device: string }
  | { type: 'state'; device: string }
  | { type: 'event'; device: string }
  | { type: 'receipt'; user: string; notice: string }
  | { type: 'unknown'; detail: string }

const deviceLeaves = ['telemetry', 'state', 'event'] as const

/** @param prefix without a trailing slash, e.g. `pm/v1` */
export function parseTopic(prefix: string, topic: string): ParsedTopic {
  if (!topic.startsWith(`${prefix}/`)) return unknown(`the topic is not below ${prefix}/`)
  const [family, ...levels] = topic.slice(prefix.length + 1).split('/')
  if (family === 'devices') return parseDeviceTopic(levels, prefix)
  if (family === 'users') return parseUserTopic(levels, prefix)
  return unknown(
    `nothing is expected below ${prefix}/${family}: publish to ${prefix}/devices/{id}/telemetry, state or event`,
  )
}

function parseDeviceTopic(levels: readonly string[], prefix: string): ParsedTopic {
  if (levels.length !== 2) {
    return unknown(
      `${levels.length} levels follow devices, and 2 are expected: ${deviceTopics(prefix)}. ` +
        'The id of a device is one level and has no slash',
    )
  }
  const [device = '', leaf = ''] = levels
  const problem = deviceIdProblem(device)
  if (problem !== undefined) return unknown(`the device id is ${quote(device)}: ${problem}`)
  const type = deviceLeaves.find((known) => known === leaf)
  if (type !== undefined) return { type, device }
  const meant = didYouMean(leaf, deviceLeaves)
  const expected = deviceTopics(prefix)
  const hint = meant === undefined ? expected : `did you mean ${meant}? Expected: ${expected}`
  return unknown(`devices publish nothing on ${quote(leaf)}; ${hint}`)
}

function deviceTopics(prefix: string): string {
  return `${prefix}/devices/{id}/${deviceLeaves.join('|')}`
}

function parseUserTopic(levels: readonly string[], prefix: string): ParsedTopic {
  const [user = '', notices, notice = '', leaf] = levels
  if (levels.length !== 4 || notices !== 'notices' || leaf !== 'receipt') {
    return unknown(`phones publish on ${prefix}/users/{user}/notices/{id}/receipt only`)
  }
  const problem = userIdProblem(user)
  if (problem !== undefined) return unknown(`the user id is ${quote(user)}: ${problem}`)
  const noticeProblem = userIdProblem(notice)
  if (noticeProblem !== undefined) return unknown(`the notice id is ${quote(notice)}: ${noticeProblem}`)
  return { type: 'receipt', user, notice }
}

function unknown(detail: string): ParsedTopic {
  return { type: 'unknown', detail }
}

const quote = (text: string) => JSON.stringify(text.slice(0, 200))
