import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml'

/** Detectors that became settings of `forecast`: what each learned from. */
const formerForecasts: Readonly<Record<string, string>> = { trend: 'own', life: 'fleet' }

/** Keys that rule files had before, and what to write instead. */
export const formerRuleKeys: Readonly<Record<string, string>> = {
  trend: 'write forecast: with learn_from: own',
  life: 'write forecast: with learn_from: fleet',
  flap: 'write hold: { for: 14d, raises: 3, within: 30d }',
}

/** Return the present name of the detector that wrote evidence. */
export function presentDetectorName(name: string): string {
  return name in formerForecasts ? 'forecast' : name
}

/** Return the present form of a state key, also within those of `all` and `any`. */
export function presentStateKey(stateKey: string): string {
  return stateKey.replaceAll(/(?<![\w.])(?:trend|life)(?= )/g, 'forecast')
}

/**
 * Return a rule text from the journal in the present language. The journal keeps the texts of earlier releases, and the state
 * and findings of their rules must outlive an upgrade; rule files, in contrast, are rejected with a hint.
 */
export function withPresentNames(text: string): string {
  if (!/\b(?:trend|life|flap)\s*:/.test(text)) return text
  const document = parseDocument(text)
  if (document.errors.length > 0 || !isMap(document.contents)) return text
  const detect = document.get('detect')
  if (isMap(detect)) renameForecasts(detect)
  const flap = document.get('flap')
  if (isMap(flap)) {
    document.set('hold', { raises: 3, within: '30d', for: '14d', ...formerFlapOf(flap) })
    document.delete('flap')
  }
  return document.toString()
}

function formerFlapOf(flap: YAMLMap): Record<string, unknown> {
  const { hold, ...others } = flap.toJSON() as Record<string, unknown>
  return { ...others, ...(hold === undefined ? {} : { for: hold }) }
}

function renameForecasts(detect: YAMLMap): void {
  for (const { key, value } of detect.items) {
    if (!isScalar(key) || !isMap(value)) continue
    const learnFrom = formerForecasts[String(key.value)]
    if (learnFrom !== undefined) {
      key.value = 'forecast'
      value.set('learn_from', learnFrom)
    }
    const parts: unknown = value.get('of')
    if (isSeq(parts)) for (const part of parts.items) if (isMap(part)) renameForecasts(part)
  }
}
