import type { StepResult } from '../engine/engine.ts'
import { DeviceSkippedError } from './device-skipped.ts'

/**
 * Inputs that concern many devices, and fail for some of them: these skip it, so that the others are evaluated. They get
 * the next one: ticks and fleet models repeat.
 *
 * A step that fails may have changed the state half, so the batch is evaluated again, from the stored states, without it.
 */
export class SkippedInputs {
  readonly #onError: (error: unknown) => void
  readonly #known = new Set<string>()
  #isComplete = true

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Begin to evaluate the batch, for the first time or again. */
  begin(): void {
    this.#isComplete = true
  }

  /** False when an input failed, so that the batch has to be evaluated again. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Evaluate an input of a device, by its time, ms. @returns undefined where it is skipped */
  skipOnError(device: string, at: number, step: () => StepResult): StepResult | undefined {
    const key = `${device} ${at}`
    if (this.#known.has(key)) return undefined
    try {
      return step()
    } catch (cause) {
      this.#known.add(key)
      this.#isComplete = false
      this.#onError(new DeviceSkippedError(device, cause))
      return undefined
    }
  }
}
