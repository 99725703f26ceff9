import { didYouMean } from '../../lib/did-you-mean.ts'
import { type HistoryDevice, NoHistoryError } from './replay-history.ts'

/**
 * Return the devices that match any of the patterns: an id, with `*` for any text and `?` for any character, or `kind:` and
 * a kind. Without patterns all devices.
 * @throws NoHistoryError naming a pattern that matches no device
 */
export function chooseDevices(
  devices: readonly HistoryDevice[],
  patterns: readonly string[],
): readonly HistoryDevice[] {
  if (patterns.length === 0) return devices
  const chosen = new Set<HistoryDevice>()
  for (const pattern of patterns) {
    const matches = matcher(pattern)
    const found = devices.filter(matches)
    if (found.length === 0) throw new NoHistoryError(noMatchMessage(pattern, devices))
    for (const device of found) chosen.add(device)
  }
  return devices.filter((device) => chosen.has(device))
}

const kindPrefix = 'kind:'

function matcher(pattern: string): (device: HistoryDevice) => boolean {
  if (pattern.startsWith(kindPrefix)) return ({ kind }) => kind === pattern.slice(kindPrefix.length)
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const expression = new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
  return ({ id }) => expression.test(id)
}

function noMatchMessage(pattern: string, devices: readonly HistoryDevice[]): string {
  const names = new Set(devices.flatMap(({ id, kind }) => [id, `${kindPrefix}${kind}`]))
  const meant = didYouMean(pattern, names)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return `none of the ${devices.length} devices in the history matches "${pattern}"${hint}`
}
