import type { ErrorWithFields } from '../../lib/logging/serialize-error.ts'
import type { EvaluationContext, Evaluator } from './detector.ts'

/** A detector failed because of a bug in it. The stack of the cause shows the place. */
class DetectorError extends Error implements ErrorWithFields {
  override readonly name = 'DetectorError'
  readonly fields: { device: string; rule: string; detector: string }

  constructor(fields: DetectorError['fields'], cause: unknown) {
    const { device, rule, detector } = fields
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`detector ${detector} of rule ${rule} failed for device ${device}: ${reason}`, { cause })
    this.fields = fields
  }
}

/** Wrap an evaluator so that whatever it throws becomes a `DetectorError` that says for which device and rule. */
export function withErrorContext<M>(
  evaluator: Evaluator<M>,
  names: { rule: string; detector: string },
): Evaluator<M> {
  const fail = ({ device: { id } }: Pick<EvaluationContext, 'device'>, cause: unknown): never => {
    throw new DetectorError({ device: id, ...names }, cause)
  }
  const { onTick, wakesAt, evaluateCohort } = evaluator
  if (typeof evaluator.createMemory !== 'function') {
    throw new TypeError(
      `detector ${names.detector}: its evaluator has no createMemory(). Evaluators change their memory in place and return the assessment alone (docs/plugins.md)`,
    )
  }
  return {
    ...evaluator,
    onSample(memory, sample, context) {
      try {
        return evaluator.onSample(memory, sample, context)
      } catch (cause) {
        return fail(context, cause)
      }
    },
    evidence(memory, context) {
      try {
        return evaluator.evidence(memory, context)
      } catch (cause) {
        return fail(context, cause)
      }
    },
    ...(onTick && {
      onTick(memory, now, context) {
        try {
          return onTick.call(evaluator, memory, now, context)
        } catch (cause) {
          return fail(context, cause)
        }
      },
    }),
    ...(wakesAt && {
      wakesAt(memory, context) {
        try {
          return wakesAt.call(evaluator, memory, context)
        } catch (cause) {
          return fail(context, cause)
        }
      },
    }),
    ...(evaluateCohort && {
      evaluateCohort(context) {
        try {
          return evaluateCohort.call(evaluator, context)
        } catch (cause) {
          return fail(context, cause)
        }
      },
    }),
  }
}
