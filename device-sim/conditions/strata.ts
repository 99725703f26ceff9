import { Random } from '../random.ts'

/**
 * Tell whether a device is one of every `period` of its kind, by the number at the end of its name. Stratified sampling (W. G.
 * Cochran, "Sampling Techniques", 1977, chapter 5) instead of a chance for each device: what is rare then occurs in every
 * fleet of some size, and each device still depends on the seed and its own name alone.
 * @param stream name of the device's random stream, such as `7/refrigerator-012`
 * @param purpose different purposes choose different devices
 */
export function isInStratum(stream: string, purpose: string, period: number): boolean {
  const [, kind, number] = /^(.*?)(\d+)$/.exec(stream) ?? []
  if (kind === undefined) return false
  const first = new Random(kind, 'stratum', purpose).integer(0, period - 1)
  return Number(number) % period === first
}
