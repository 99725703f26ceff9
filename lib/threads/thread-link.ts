import { fromSentError, type SentError, toSentError } from './sent-error.ts'

/** Functions that a thread offers to another; argument and result are plain data. */
export type Methods = { [name: string]: (argument: never) => unknown }

/** What answers calls. `signal` aborts when the caller gives up; a handler then returns what it has. */
export type Handlers<M extends Methods> = {
  [K in keyof M]: M[K] extends (argument: infer A) => infer R
    ? (argument: A, signal: AbortSignal) => Promise<R> | R
    : never
}

/** A message port, a thread seen from outside, or its parent seen from inside. */
export interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): unknown
}

type Message =
  | { type: 'call'; id: number; method: string; argument: unknown }
  | { type: 'tell'; method: string; argument: unknown }
  | { type: 'abort'; id: number }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; error: SentError }

interface OpenCall {
  resolve(result: unknown): void
  reject(error: unknown): void
}

export interface ThreadLinkOptions<Offered extends Methods> {
  handlers: Handlers<Offered>
  /** Classes of errors that the caller distinguishes. */
  errors?: readonly { readonly prototype: Error }[]
  /** Called when the handler of a function that was told, not called, has failed. Default: an unhandled rejection. */
  onError?(error: unknown): void
}

/** One end of a message port: calls functions of the other end, and answers its calls. */
export class ThreadLink<Used extends Methods, Offered extends Methods = Record<never, never>> {
  readonly #port: Port
  readonly #options: ThreadLinkOptions<Offered>
  readonly #open = new Map<number, OpenCall>()
  readonly #answering = new Map<number, { controller: AbortController; done: Promise<void> }>()
  #lastId = 0
  #failure: Error | undefined

  constructor(port: Port, options: ThreadLinkOptions<Offered>) {
    this.#port = port
    this.#options = options
    port.on('message', (message) => this.#receive(message as Message))
  }

  /**
   * Call a function of the other end.
   * @param signal tells the other end to return what it has
   * @throws what the function threw, with its class where `errors` names it
   * @throws the reason given to `fail`
   */
  call<K extends keyof Used & string>(
    method: K,
    argument: Parameters<Used[K]>[0],
    signal?: AbortSignal,
  ): Promise<ReturnType<Used[K]>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const abort = () => this.#port.postMessage({ type: 'abort', id } satisfies Message)
    const answer = new Promise<ReturnType<Used[K]>>((resolve, reject) =>
      this.#open.set(id, { resolve: resolve as OpenCall['resolve'], reject }),
    )
    this.#port.postMessage({ type: 'call', id, method, argument } satisfies Message)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    return answer.finally(() => {
      this.#open.delete(id)
      signal?.removeEventListener('abort', abort)
    })
  }

  /** Call a function of the other end and do not wait for its end. */
  tell<K extends keyof Used & string>(method: K, argument: Parameters<Used[K]>[0]): void {
    if (this.#failure === undefined)
      this.#port.postMessage({ type: 'tell', method, argument } satisfies Message)
  }

  /**
   * The other end is gone: calls to it fail with this reason, and its own are told to end.
   * @returns when its own calls have ended
   */
  async fail(reason: Error): Promise<void> {
    this.#failure ??= reason
    for (const { reject } of this.#open.values()) reject(reason)
    for (const { controller } of this.#answering.values()) controller.abort()
    await Promise.all([...this.#answering.values()].map(({ done }) => done))
  }

  #receive(message: Message): void {
    if (message.type === 'result') this.#open.get(message.id)?.resolve(message.result)
    else if (message.type === 'error')
      this.#open.get(message.id)?.reject(fromSentError(message.error, this.#options.errors))
    else if (message.type === 'abort') this.#answering.get(message.id)?.controller.abort()
    else if (message.type === 'tell') void this.#handleTold(message)
    else this.#answer(message)
  }

  #answer({ id, method, argument }: Extract<Message, { type: 'call' }>): void {
    const controller = new AbortController()
    const answering = this.#handle(method, argument, controller.signal)
      .then((result) => this.#post({ type: 'result', id, result }))
      .catch((error: unknown) => this.#post({ type: 'error', id, error: toSentError(error) }))
      .finally(() => this.#answering.delete(id))
    this.#answering.set(id, { controller, done: answering })
  }

  async #handleTold({ method, argument }: Extract<Message, { type: 'tell' }>): Promise<void> {
    try {
      await this.#handle(method, argument, new AbortController().signal)
    } catch (error) {
      if (this.#options.onError === undefined) throw error
      this.#options.onError(error)
    }
  }

  async #handle(method: string, argument: unknown, signal: AbortSignal): Promise<unknown> {
    const handler = this.#options.handlers[method]
    if (handler === undefined) throw new TypeError(`the other thread offers no ${method}`)
    return handler(argument, signal)
  }

  #post(message: Message): void {
    if (this.#failure === undefined) this.#port.postMessage(message)
  }
}
