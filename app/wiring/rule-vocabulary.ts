import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { type RuleReferences, validateRules } from '../../rules/files/load-rules.ts'
import { type LoadedPlugins, loadPlugins } from '../plugins/load-plugins.ts'
import type { Settings } from '../settings/schema.ts'

/**
 * Load the names that rules may use in this installation: kinds, detectors, and notices with a text.
 * @param plugins when they are loaded already
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

/** Load the same for rules added to the catalogue or replaced in it: they may refer to its other rules. */
export async function loadVocabularyWithCatalog(settings: Settings): Promise<RuleReferences> {
  const vocabulary = await loadVocabulary(settings)
  const { rules } = await validateRules([settings.rules.catalogDir], vocabulary)
  return { ...vocabulary, otherRules: rules.map(({ rule }) => rule) }
}
