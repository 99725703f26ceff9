import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { type RuleReferences, validateRules } from '../../rules/files/load-rules.ts'
import { type LoadedPlugins, loadPlugins } from '../plugins/load-plugins.ts'
import type { Settings } from '../settings/schema.ts'

/**
 * Load what rules may name in this installation: its kinds, its detectors, and the notices that have a text.
 * @param plugins where they are loaded already
 * @throws RuleFilesError, PluginError
 */
export async function loadVocabulary(
  settings: Settings,
  plugins?: Pick<LoadedPlugins, 'detectors'>,
): Promise<RuleReferences> {
  const { detectors } = plugins ?? (await loadPlugins(settings.plugins))
  return {
    kinds: await loadKinds(settings.rules.kindsDir),
    detectors,
    notices: loadMessageCatalog().keys,
  }
}

/** The same for rules that come to the catalogue or take a place in it: they may name its other rules. */
export async function loadVocabularyWithCatalog(settings: Settings): Promise<RuleReferences> {
  const vocabulary = await loadVocabulary(settings)
  const { rules } = await validateRules([settings.rules.catalogDir], vocabulary)
  return { ...vocabulary, otherRules: rules.map(({ rule }) => rule) }
}
