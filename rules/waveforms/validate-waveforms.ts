import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import { accelerationUnits } from './compute-features.ts'
import type { Feature, Waveform } from './waveform-schema.ts'

interface KindWithWaveforms {
  waveforms: Readonly<Record<string, Waveform>>
  metrics: Readonly<Record<string, { unit: string; from?: Feature | undefined }>>
  derived: Readonly<Record<string, object>>
}

type Problem = Pick<ConfigProblem, 'message' | 'hint'> & { key: string }

/** Check names, units and bands of the waveforms of a kind and of the metrics from them. @returns problems with paths from the kind */
export function validateWaveforms({ waveforms, metrics, derived }: KindWithWaveforms): ConfigProblem[] {
  const taken = Object.keys(waveforms).filter((name) => name in metrics || name in derived)
  return [
    ...taken.map((name): ConfigProblem => {
      const message = `${name} is already a metric`
      return { path: ['waveforms', name], target: 'key', message, hint: 'rename the waveform' }
    }),
    ...Object.entries(metrics).flatMap(([metric, { unit, from }]) => {
      if (from === undefined) return []
      const path = ['metrics', metric, 'from']
      const waveform = waveforms[from.waveform]
      if (waveform === undefined) {
        const problem = unknownNameProblem('waveform', from.waveform, Object.keys(waveforms))
        return [{ path: [...path, 'waveform'], ...problem }]
      }
      const problems = [...unitProblems(unit, from, waveform), ...bandProblems(from, waveform)]
      return problems.map(({ key, ...problem }) => ({ path: [...path, key], ...problem }))
    }),
  ]
}

function unitProblems(unit: string, { compute }: Feature, waveform: Waveform): Problem[] {
  if (compute === 'velocity_rms' && !(waveform.unit in accelerationUnits)) {
    const hint = `its unit must be one of ${Object.keys(accelerationUnits).join(', ')}`
    return [{ key: 'compute', message: `velocity_rms of a waveform in ${waveform.unit}`, hint }]
  }
  const expected = unitOf(compute, waveform)
  if (unit === expected) return []
  return [
    {
      key: 'compute',
      message: `${compute} is in ${expected}, not in ${unit}`,
      hint: 'correct the unit of the metric',
    },
  ]
}

function unitOf(compute: Feature['compute'], { unit }: Waveform): string {
  if (compute === 'velocity_rms') return 'mm/s'
  return compute === 'crest' || compute === 'kurtosis' ? '1' : unit
}

/** Frequencies that a Hann window separates from 0 are at least two steps of the spectrum away. */
const minSteps = 2

function bandProblems(feature: Feature, { rate_hz: rateHz, samples: [fewest] }: Waveform): Problem[] {
  const bands = {
    ...('band' in feature && { band: feature.band }),
    ...('carrier' in feature && { carrier: feature.carrier }),
  }
  const lowest = (minSteps * rateHz) / fewest
  return Object.entries(bands).flatMap(([key, [from, to]]): Problem[] => {
    if (to > rateHz / 2) {
      const message = `${to} Hz is above half of the sampling rate`
      return [{ key, message, hint: `at most ${rateHz / 2}` }]
    }
    if (from >= lowest) return []
    const message = `${from} Hz is too low for ${fewest} samples at ${rateHz} Hz`
    return [{ key, message, hint: `at least ${Math.ceil(lowest)}, or more samples` }]
  })
}
