import { alignColumns } from '../tables/align-columns.ts'
import type { DetectionResult, PartDetection } from './detect.ts'
import { clearedAlarmCount, computeDetectionMetrics, leadShareOf, leadTimeMs } from './summary.ts'

export const detectionColumns = ['', 'alarm before the end', 'of its life', 'alarms cleared'] as const

/** Return the cells of one part in the order of `detectionColumns`. */
export function detectionCells(part: PartDetection, { dataset }: DetectionResult): string[] {
  const [lead, share] = [leadTimeMs(part), leadShareOf(part)]
  return [
    `${part.part.unit}${part.part.fails ? '' : ' (healthy)'}`,
    lead === undefined ? 'none' : `${(lead / dataset.time.ms).toFixed(1)} ${dataset.time.name.toLowerCase()}`,
    share === undefined ? '' : `${(100 * share).toFixed(1)} %`,
    String(clearedAlarmCount(part)),
  ]
}

/** Return the totals of a dataset as a sentence. */
export function detectionRemark(detected: DetectionResult): string {
  const figures = computeDetectionMetrics(detected)
  const { time } = detected.dataset
  const lead =
    figures.medianLead === null
      ? ''
      : `, ${(figures.medianLead / time.ms).toFixed(1)} ${time.name.toLowerCase()} before (median)`
  const healthy =
    figures.healthySensors === 0
      ? ''
      : `; ${figures.falseAlarms} alarms on ${figures.healthySensors} sensors of healthy parts`
  return `${figures.detected} of ${figures.failures} failures had an alarm active at the end${lead}${healthy}`
}

/** Return a dataset as lines of text for a terminal. */
export function detectionTable(detected: DetectionResult): string {
  const rows = alignColumns([
    detectionColumns,
    ...detected.parts.map((part) => detectionCells(part, detected)),
  ])
  const { title, name } = detected.dataset
  return [`${title} (${name})`, ...[...rows, detectionRemark(detected)].map((line) => `  ${line}`)].join('\n')
}
