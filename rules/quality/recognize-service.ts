import type { Reading } from '../../contract/reading.ts'
import { median } from '../detectors/bucketed-series.ts'
import type { Assessment } from '../detectors/detector.ts'
import type { StepContext } from '../engine/compile.ts'
import type { DeviceState, Epoch, ServiceLevel, StepOutput } from '../engine/engine.ts'
import { beginEpoch } from '../engine/on-part-replaced.ts'
import type { ServiceSign } from '../files/metric-schema.ts'

/** Number of values that give the level before a service. */
const levelValues = 3
/** The value after a fall confirms the service when it is at most this share of the level before. */
const confirmingShare = 0.5
/** No forecast is raised within this multiple of the owner's usual service interval: they are expected to serve the part. */
const serviceTolerance = 1.25

/**
 * Recognize services that were not reported, such as a washed filter, and begin the component's path again: a metric that
 * falls by the kind's `serviced: { by }` of its level, and stays there for two readings.
 * @param reading screened, with derived metrics; one that is not the newest changes nothing
 */
export function recognizeServices(
  state: DeviceState,
  { ts, values }: Pick<Reading, 'ts' | 'values'>,
  context: StepContext,
  output: StepOutput,
): void {
  if (state.newestReadingAt !== undefined && ts <= state.newestReadingAt) return
  for (const [metric, sign] of context.kind.serviceSigns) {
    const accepted = values[metric]
    const value = accepted ?? withheldStep(state, metric, ts)
    if (value === undefined) continue
    const isAccepted = accepted !== undefined
    const { servicedAt, ...level } = nextLevel(state.serviceLevels?.[metric], sign, { ts, value, isAccepted })
    state.serviceLevels ??= {}
    state.serviceLevels[metric] = level
    if (servicedAt === undefined) continue
    // The rules saw the value that fell in the epoch before; a duplicate of it must not come into the new one.
    beginEpoch(state, { component: sign.component, ts: servicedAt + 1, by: 'service' }, context, output)
  }
}

/** Return a value that the quality check has held back as a possible step. */
function withheldStep({ quality }: DeviceState, metric: string, ts: number): number | undefined {
  const candidate = quality?.sensors[metric]?.stepCandidate
  return candidate?.[0] === ts ? candidate[1] : undefined
}

function nextLevel(
  { recent, fallenAt }: ServiceLevel = { recent: [] },
  { by }: ServiceSign,
  { ts, value, isAccepted }: { ts: number; value: number; isAccepted: boolean },
): ServiceLevel & { servicedAt?: number } {
  if (recent.length === levelValues) {
    const level = median(recent)
    if (fallenAt !== undefined && value <= level * confirmingShare)
      return { recent: [value], servicedAt: fallenAt }
    if (value <= level * (1 - by)) return { recent, fallenAt: ts }
  }
  // A possible step is no level yet: after two spikes, any normal value would look like a service.
  if (!isAccepted) return { recent }
  return { recent: [...recent, value].slice(-levelValues) }
}

/**
 * Return whether the owner is expected to serve the part before it reaches its limit, because they did so at their own
 * interval. Once that is over, a forecast counts again; a limit that is reached counts always.
 */
export function isServiceExpected(
  { since, serviceIntervalMs }: Epoch,
  assessment: Assessment,
  at: number,
): boolean {
  if (serviceIntervalMs === undefined || assessment.is !== 'bad' || assessment.crossesAt === undefined)
    return false
  const expectedBy = since + serviceTolerance * serviceIntervalMs
  return at < expectedBy && assessment.crossesAt > Math.max(at, expectedBy)
}
