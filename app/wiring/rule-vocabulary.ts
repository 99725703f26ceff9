import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createDetectorRegistry } from '../../rules/detectors/registry.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { type RuleReferences, validateRules } from '../../rules/files/load-rules.ts'
import type { Settings } from '../settings/schema.ts'

/** What rules may speak of in this installation: its kinds, and the notices that have a text. @throws RuleFilesError */
export async function loadVocabulary({ rules }: Settings): Promise<RuleReferences> {
  return {
    kinds: await loadKinds(rules.kindsDir),
    detectors: createDetectorRegistry(),
    notices: loadMessageCatalog().keys,
  }
}

/** The same for rules that come to the catalogue or take a place in it: they may name its other rules. */
export async function loadVocabularyWithCatalog(settings: Settings): Promise<RuleReferences> {
  const vocabulary = await loadVocabulary(settings)
  const { rules } = await validateRules([settings.rules.catalogDir], vocabulary)
  return { ...vocabulary, otherRules: rules.map(({ rule }) => rule) }
}
