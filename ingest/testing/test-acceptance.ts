import { topics } from '../../contract/topics.ts'
import { type Acceptance, type AcceptanceOptions, createAcceptance } from '../acceptance/acceptance.ts'
import { testKinds } from './test-kinds.ts'

export const names = topics('pm/v1')

/** Start an acceptance of phones; the ids of its quarantine are q-1, q-2, … */
export async function startTestAcceptance(
  options: Partial<AcceptanceOptions> & Pick<AcceptanceOptions, 'journal' | 'now'>,
): Promise<Acceptance> {
  let ids = 0
  const acceptance = createAcceptance({
    kinds: testKinds,
    topics: names,
    newId: () => `q-${++ids}`,
    registrationMode: 'open',
    ...options,
  })
  await acceptance.start()
  return acceptance
}
