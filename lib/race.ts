/** What is waiting for a promise. Kept by the promise, and removed when its race is over. */
interface Contender {
  isSettled: boolean
  readonly waiting: Set<Waiter>
}

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const contenders = new WeakMap<object, Contender>()

/**
 * Return the outcome of the promise that settles first, as `Promise.race`, and leave nothing behind on the others.
 * `Promise.race` adds a reaction to each promise that stays, with the winner's value, until that promise settles: with
 * one that never does, each race leaks memory.
 * @see https://github.com/nodejs/node/issues/17469
 */
export function race<T>(promises: Iterable<T>): Promise<Awaited<T>> {
  const all = [...promises]
  let waiter: Waiter | undefined
  const outcome = new Promise<unknown>((resolve, reject) => {
    waiter = { resolve, reject }
    for (const promise of all) enter(promise, waiter)
  })
  return outcome.finally(() => {
    for (const promise of all) {
      if (waiter && isObject(promise)) contenders.get(promise)?.waiting.delete(waiter)
    }
    waiter = undefined
  }) as Promise<Awaited<T>>
}

function enter(promise: unknown, waiter: Waiter): void {
  const contender = isObject(promise) ? contenderOf(promise) : undefined
  if (contender === undefined || contender.isSettled)
    Promise.resolve(promise).then(waiter.resolve, waiter.reject)
  else contender.waiting.add(waiter)
}

/** Watch a promise: once, however many races it takes part in. */
function contenderOf(promise: object): Contender {
  const known = contenders.get(promise)
  if (known !== undefined) return known
  const contender: Contender = { isSettled: false, waiting: new Set() }
  contenders.set(promise, contender)
  const finish = (tell: (waiter: Waiter) => void) => {
    contender.isSettled = true
    for (const waiter of contender.waiting) tell(waiter)
    contender.waiting.clear()
  }
  Promise.resolve(promise).then(
    (value) => finish((waiter) => waiter.resolve(value)),
    (error: unknown) => finish((waiter) => waiter.reject(error)),
  )
  return contender
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
