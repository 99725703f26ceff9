import { createForecastState } from '../detectors/forecast-state.ts'
import { type DeviceState, type PartHistory, type RuleState, stateFormat } from '../engine/engine.ts'
import { createQualityState, type QualityState } from '../quality/quality-check.ts'
import { createSensorState } from '../quality/sensor-state.ts'

type Stored = Readonly<Record<string, unknown>>

/**
 * Return the state of a device as the present release has it. Until format 2 the state of a rule had no fields that were
 * absent, its detector's memory was named `detectorState`, and points were pairs. In format 2 histories were of hazards only.
 */
export function withPresentFormat(stored: DeviceState | Stored): DeviceState {
  if ('format' in stored && stored.format === stateFormat) return stored as DeviceState
  const { formerKind, ...state } = 'format' in stored ? (stored as DeviceState) : upgradeFirstFormat(stored)
  return {
    ...withHistoryKeys(state),
    format: stateFormat,
    ...(formerKind && { formerKind: withHistoryKeys(formerKind) }),
  }
}

function withHistoryKeys<S extends Pick<DeviceState, 'completedHistories'>>(state: S): S {
  const { completedHistories } = state
  if (completedHistories === undefined) return state
  const renamed = completedHistories.map((history) => {
    const { hazardKey, ...rest } = history as PartHistory & { hazardKey?: string }
    return hazardKey === undefined ? history : { ...rest, historyKey: hazardKey }
  })
  return { ...state, completedHistories: renamed }
}

function upgradeFirstFormat(stored: Stored): DeviceState {
  const { rules = {}, formerKind, quality } = stored as Partial<DeviceState>
  const upgraded: unknown = {
    ...stored,
    rules: upgradeRules(rules),
    ...(quality && { quality: upgradeQuality(quality) }),
    ...(formerKind && {
      formerKind: {
        ...formerKind,
        rules: upgradeRules(formerKind.rules),
        ...(formerKind.quality && { quality: upgradeQuality(formerKind.quality) }),
      },
    }),
  }
  return upgraded as DeviceState
}

function upgradeQuality({ sensors, ...quality }: QualityState): QualityState {
  const upgraded = Object.entries(sensors).map(([metric, sensor]) => [
    metric,
    { ...createSensorState(sensor.newestAt), ...sensor },
  ])
  return { ...createQualityState(), ...quality, sensors: Object.fromEntries(upgraded) }
}

function upgradeRules(rules: Readonly<Record<string, unknown>>): Record<string, RuleState> {
  return Object.fromEntries(Object.entries(rules).map(([key, rule]) => [key, upgradeRule(rule as Stored)]))
}

function upgradeRule({ detectorState, ...rule }: Stored): RuleState {
  const absent = {
    evaluatedAt: undefined,
    continuousSince: undefined,
    intervalsMs: undefined,
    pendingSince: undefined,
    clearingSince: undefined,
    suspended: false,
    recentRaises: undefined,
    lastNotified: undefined,
    active: undefined,
  }
  const upgraded: unknown = { ...absent, ...rule, memory: upgradeMemory(detectorState) }
  return upgraded as RuleState
}

/** The detectors of a release are told apart by what their states have: plugins keep theirs, apart from series. */
function upgradeMemory(memory: unknown): unknown {
  if (Array.isArray(memory)) return memory.map(upgradePart)
  if (typeof memory !== 'object' || memory === null) return memory
  const state = memory as Stored
  if ('consecutiveBeyond' in state) return upgradeThreshold(state)
  if ('series' in state && 'assessment' in state) return upgradeForecast(state)
  if ('baselines' in state && 'forecast' in state) return upgradeDrop(state)
  if ('firstSeenAt' in state) return { dueDate: undefined, isOver: false, settings: undefined, ...state }
  if ('recent' in state && !('first' in state)) return { ...state, recent: flatten(state.recent) }
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, upgradeSeries(value)]))
}

/** Part of a combination of detectors. */
function upgradePart(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('assessment' in part)) return part
  const { state, ...rest } = part as Stored
  return { ...rest, memory: upgradeMemory(state) }
}

function upgradeThreshold({ consecutiveBeyond, beyondSince = 0, beyondAt = 0, series, ...rest }: Stored) {
  return {
    ...rest,
    row: { count: consecutiveBeyond, since: beyondSince, until: beyondAt },
    series: upgradeSeries(series),
  }
}

function upgradeForecast({ series, limitCrossing, ...rest }: Stored) {
  const fresh = createForecastState()
  const { older, recent } = series as { older: Stored; recent: unknown }
  return {
    ...fresh,
    ...rest,
    series: { older: { ...older, points: flatten(older.points) }, recent: upgradeSeries(recent) },
    limitCrossing: {
      ...fresh.limitCrossing,
      ...(limitCrossing as Stored | undefined),
      readings: flatten((limitCrossing as Stored | undefined)?.readings),
    },
  }
}

function upgradeDrop({ baselines, forecast, ...rest }: Stored) {
  const flat = Object.entries(baselines as Record<string, Stored>).map(([bin, { samples, ...baseline }]) => [
    bin,
    { ...baseline, samples: samples === undefined ? undefined : flatten(samples) },
  ])
  return { ...rest, baselines: Object.fromEntries(flat), forecast: upgradeForecast(forecast as Stored) }
}

function upgradeSeries(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('openBucket' in value)) return value
  const { points, openBucket } = value as Stored
  return { points: flatten(points), openBucket: flatten(openBucket) }
}

function flatten(points: unknown): number[] {
  return (points as readonly (readonly number[])[] | undefined)?.flat() ?? []
}
