import { loadKinds } from '../rules/kinds.ts'
import type { Vocabulary } from '../rules/load-rules.ts'
import { loadMessages } from '../workers/notices/messages.ts'
import type { Settings } from './settings/schema.ts'

/** What rules may speak of in this installation: its kinds, and the notices that have a text. @throws RuleFilesError */
export async function vocabularyOf({ rules }: Settings): Promise<Vocabulary> {
  return { kinds: await loadKinds(rules.kindsDir), notices: loadMessages().keys }
}
