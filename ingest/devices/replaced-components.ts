import { didYouMean } from '../../lib/did-you-mean.ts'
import type { Rejection } from '../decode/rejection.ts'
import type { KindCatalog } from '../kind-catalog.ts'

/** Name of the appliance as a whole, in `part_replaced`. */
const wholeAppliance = 'device'

/**
 * Return the components for which a replacement starts a new epoch: all of the kind when the whole appliance was
 * replaced. A component that the kind does not have is rejected: the epoch of the right one would not begin.
 */
export function replacedComponents(
  component: string | undefined,
  kind: string,
  kinds: KindCatalog,
): { components: readonly string[] } | { rejection: Rejection } {
  const known = kinds.rulesOf(kind)?.components ?? []
  if (component === wholeAppliance) return { components: known }
  if (component !== undefined && known.includes(component)) return { components: [component] }
  const all = `its components are ${known.join(', ')}, and ${wholeAppliance} for the whole appliance`
  if (component === undefined) {
    return { rejection: { reason: 'unknown_component', detail: `component is missing; ${all}` } }
  }
  const meant = didYouMean(component, [...known, wholeAppliance])
  const hint = meant === undefined ? all : `did you mean ${meant}? ${all}`
  const detail = `${kind} has no component ${JSON.stringify(component)}; ${hint}`
  return { rejection: { reason: 'unknown_component', detail } }
}
