import { loadMessages } from '../../notices/messages.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { checkRules, type Vocabulary } from '../../rules/files/load-rules.ts'
import type { Settings } from '../settings/schema.ts'

/** What rules may speak of in this installation: its kinds, and the notices that have a text. @throws RuleFilesError */
export async function vocabularyOf({ rules }: Settings): Promise<Vocabulary> {
  return { kinds: await loadKinds(rules.kindsDir), notices: loadMessages().keys }
}

/** The same for rules that come to the catalogue or take a place in it: they may name its other rules. */
export async function vocabularyBesideCatalogue(settings: Settings): Promise<Vocabulary> {
  const vocabulary = await vocabularyOf(settings)
  const { rules } = await checkRules([settings.rules.catalogDir], vocabulary)
  return { ...vocabulary, beside: rules.map(({ rule }) => rule) }
}
