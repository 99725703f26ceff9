import { wordsOf } from './aside-shelf.ts'
import type { Consuming } from './consume-options.ts'
import type { Aside, Commit } from './journal.ts'
import { stopped } from './patience.ts'
import type { Wish, WishOutcome } from './wishes.ts'

/**
 * Does what is wished of what was set aside. Not while something handled waits for its commit: the handler's memory is
 * ahead of the journal then.
 * @param cursor as it was committed last; it stays
 */
export async function grantWishes<E>(consuming: Consuming<E>, cursor: number): Promise<void> {
  for (const { answer, ...wish } of consuming.wishes.take()) answer(await grant(consuming, wish, cursor))
}

async function grant<E>(consuming: Consuming<E>, wish: Wish, cursor: number): Promise<WishOutcome> {
  const { offset } = wish
  const aside = consuming.shelf.get(offset)
  if (aside === undefined) return { is: 'unknown' }
  const { commit, failure } =
    wish.do === 'drop' ? { commit: { cursor } } : await handleAgain(consuming, aside, cursor)
  if (failure !== undefined) return keep(consuming, { ...aside, ...failure }, cursor)
  const settling = { ...commit, cursor, settled: [offset] }
  if ((await commitUntilDone(consuming, settling)) === stopped) return { is: 'stopped' }
  consuming.shelf.remove(offset)
  return { is: 'settled' }
}

type Handled<E> =
  | { commit: Commit<E>; failure?: never }
  | { commit?: never; failure: Pick<Aside, 'error' | 'attempts' | 'at'> }

async function handleAgain<E>(
  { handle, patience, now = Date.now }: Consuming<E>,
  { entry, attempts }: Aside<E>,
  cursor: number,
): Promise<Handled<E>> {
  try {
    return { commit: await handle({ from: cursor, next: cursor, entries: [entry] }) }
  } catch (error) {
    patience.failed(error)
    return { failure: { error: wordsOf(error), attempts: attempts + 1, at: now() } }
  }
}

async function keep<E>(consuming: Consuming<E>, aside: Aside<E>, cursor: number): Promise<WishOutcome> {
  if ((await commitUntilDone(consuming, { cursor, aside: [aside] })) === stopped) return { is: 'stopped' }
  consuming.shelf.put(aside)
  return { is: 'failed', error: aside.error }
}

function commitUntilDone<E>({ patience, consumer }: Consuming<E>, commit: Commit<E>) {
  return patience.untilDone(() => consumer.commit(commit))
}
