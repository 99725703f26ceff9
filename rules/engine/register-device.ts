import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { CompiledKind } from './compile.ts'
import {
  type DeviceState,
  type FormerKind,
  type RuleInput,
  type RuleState,
  type StepOutput,
  type StepResult,
  stateFormat,
} from './engine.ts'
import { clearOrphaned } from './reconcile.ts'

type DeviceInput = Extract<RuleInput, { type: 'device' }>

/** How long a device has to be of another kind before the state of its former kind is given up, ms. */
export const kindChangeConfirmedMs = hourMs

/**
 * Register a device, or take over what changed: it was retired or brought back, or announced another kind. A firmware that
 * announces a wrong kind for a minute must cost neither the state nor the findings of the right one, so they are kept
 * until the new kind has lasted.
 */
export function registerDevice(
  state: DeviceState | undefined,
  { device, receivedAt }: DeviceInput,
  kinds: ReadonlyMap<string, CompiledKind>,
): Pick<StepResult, 'state' | 'findings'> {
  if (state === undefined) return { state: createDeviceState(device), findings: [] }
  const before = state.device
  const changed = device.kind === before.kind ? { ...state, device } : changeKind(state, device, receivedAt)
  if (device.retired === undefined) {
    return { state: before.retired === undefined ? changed : resume(changed, receivedAt), findings: [] }
  }
  if (before.retired !== undefined) return { state: changed, findings: [] }
  const at = receivedAt ?? device.retired.at
  const rules = { ...changed.formerKind?.rules, ...changed.rules }
  return { state: suspend(changed), findings: clearAll(changed, { rules, at, kinds }) }
}

/** Create the state of a device that has sent nothing yet. */
export function createDeviceState(device: Device): DeviceState {
  return { format: stateFormat, device, epochs: {}, rules: {} }
}

/** Swap the state of the kinds. Only one former kind is kept: the one that was confirmed. */
function changeKind(state: DeviceState, device: Device, receivedAt: number | undefined): DeviceState {
  const { formerKind, quality, completedLifetimes, completedHistories, reorderBuffer: _, ...rest } = state
  if (formerKind?.kind === device.kind) {
    const { kind: _kind, since: _since, rules, ...kept } = formerKind
    // The findings of the wrong kind are orphaned and cleared.
    return { ...rest, device, rules: { ...rest.rules, ...rules }, ...kept }
  }
  if (formerKind !== undefined) return { ...rest, device, formerKind }
  const stored: FormerKind = {
    kind: state.device.kind,
    ...(receivedAt !== undefined && { since: receivedAt }),
    rules: state.rules,
    ...(quality && { quality }),
    ...(completedLifetimes && { completedLifetimes }),
    ...(completedHistories && { completedHistories }),
  }
  return { ...rest, device, rules: {}, formerKind: stored }
}

/**
 * Give up the state of the former kind once the new one has lasted, and clear its findings: they concern an appliance that
 * is not there any more.
 */
export function confirmKind(
  state: DeviceState,
  input: Exclude<RuleInput, { type: 'device' }>,
  kinds: ReadonlyMap<string, CompiledKind>,
  { findings }: Pick<StepOutput, 'findings'>,
): DeviceState {
  // Nearly all devices have none; taking the state apart for them would cost more than the rest of most steps.
  if (state.formerKind === undefined) return state
  const { formerKind, ...rest } = state
  const at = receiptTime(input)
  const { since } = formerKind
  if (since === undefined) return { ...rest, formerKind: { ...formerKind, since: at } }
  if (at - since < kindChangeConfirmedMs) return state
  findings.push(...clearAll(state, { rules: formerKind.rules, at, kinds }))
  return rest
}

function receiptTime(input: Exclude<RuleInput, { type: 'device' }>): number {
  switch (input.type) {
    case 'reading':
      return input.receivedAt ?? input.reading.ts
    case 'part_replaced':
      return input.receivedAt ?? input.ts
    default:
      return input.at
  }
}

/** Keep what was learned of a retired device, without anything that is under way. */
function suspend(state: DeviceState): DeviceState {
  const { reorderBuffer: _, formerKind: _former, ...kept } = state
  const rules = Object.entries(kept.rules).map(([key, rule]) => [key, withoutFinding(rule)] as const)
  return { ...kept, rules: Object.fromEntries(rules) }
}

function withoutFinding(state: RuleState): RuleState {
  return { ...state, active: undefined, pendingSince: undefined, clearingSince: undefined }
}

/** Bring a device back: its silence counts from now on. */
function resume(state: DeviceState, receivedAt: number | undefined): DeviceState {
  const { expectedSince: _, ...rest } = state
  return receivedAt === undefined ? rest : { ...rest, expectedSince: receivedAt }
}

interface ClearOptions {
  rules: Readonly<Record<string, RuleState>>
  /** Receipt time, ms; a finding is never cleared before it was raised. */
  at: number
  kinds: ReadonlyMap<string, CompiledKind>
}

function clearAll(state: DeviceState, { rules, at, kinds }: ClearOptions): Finding[] {
  return Object.entries(rules).flatMap(([key, ruleState]) => {
    const { active, evaluatedAt = at } = ruleState
    const live = [...kinds.values()].find((kind) => kind.rules.has(key))?.rules.get(key)?.trialMark
    return clearOrphaned(state, ruleState, {
      key,
      at: Math.max(at, evaluatedAt, active?.raisedAt ?? at),
      live,
    })
  })
}
