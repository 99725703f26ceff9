import { join } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import type { RuleReferences } from '../../rules/files/load-rules.ts'
import { type CatalogFolders, validateCatalog } from '../../rules/files/rule-catalog.ts'
import { type LoadedPlugins, loadPlugins } from '../plugins/load-plugins.ts'
import type { Settings } from '../settings/schema.ts'

/** Return the folders of the device kinds: the shipped one, then those of the settings. */
export function kindFoldersFrom({ rules }: Settings): string[] {
  return [join(packageRoot, 'rules', 'kinds'), ...rules.kindsDir]
}

/** Return how many threads evaluate the rules, and what each of them loads. */
export function rulesThreadsFrom(settings: Settings) {
  const { rules, plugins } = settings
  return { threads: rules.threads, plugins, kindFolders: kindFoldersFrom(settings) }
}

/** Return the rule catalogue of an installation: the shipped rules, then those of the settings. */
export function catalogFrom({ rules }: Settings): CatalogFolders {
  return { folders: [join(packageRoot, 'rules', 'catalog'), ...rules.catalogDir], disabled: rules.disabled }
}

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
    kinds: await loadKinds(...kindFoldersFrom(settings)),
    detectors,
    notices: loadMessageCatalog().keys,
  }
}

/** Load the same for rules added to the catalogue or replaced in it: they may refer to its other rules. */
export async function loadVocabularyWithCatalog(settings: Settings): Promise<RuleReferences> {
  const vocabulary = await loadVocabulary(settings)
  const { rules } = await validateCatalog(catalogFrom(settings), vocabulary)
  return { ...vocabulary, otherRules: rules.map(({ rule }) => rule) }
}
