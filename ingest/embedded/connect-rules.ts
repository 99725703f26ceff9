import type { AuthenticateError } from 'aedes'
import { fixedLimits } from './broker-limits.ts'

/** What of a CONNECT packet is judged. */
export interface Connecting {
  clientId: string
  clean?: boolean | undefined
  will?: { topic: string; payload: Buffer | string } | undefined
}

/** Return codes of MQTT 3.1.1, 3.2.2.3. */
const identifierRejected = 2
const notAuthorized = 5

/** A client may not connect as it wants to. */
export class ConnectRefusedError extends Error implements AuthenticateError {
  override readonly name = 'ConnectRefusedError'
  readonly returnCode: typeof identifierRejected | typeof notAuthorized

  constructor(returnCode: ConnectRefusedError['returnCode'], message: string) {
    super(message)
    this.returnCode = returnCode
  }
}

const invisible = /[\p{Cc}\p{Surrogate}]/u

/** Judges what the broker itself takes as it comes: who a client says it is, and what it would leave behind. */
export function refusalOfConnect({ clientId, clean, will }: Connecting): ConnectRefusedError | undefined {
  if (clientId.length > fixedLimits.clientIdCharacters) {
    return new ConnectRefusedError(identifierRejected, 'the client id is too long')
  }
  if (invisible.test(clientId)) {
    return new ConnectRefusedError(identifierRejected, 'the client id holds control characters')
  }
  if (clientId === '' && clean === false) {
    return new ConnectRefusedError(identifierRejected, 'a session that is kept needs a client id')
  }
  if (will === undefined) return undefined
  if (will.payload.length > fixedLimits.willPayloadBytes) {
    return new ConnectRefusedError(notAuthorized, 'the last will is too long')
  }
  if (isTopic(will.topic)) return undefined
  return new ConnectRefusedError(notAuthorized, 'the last will goes to what is no topic')
}

/** The broker's parser checks the topic of a PUBLISH, and that of a last will not at all. */
function isTopic(topic: string): boolean {
  return topic !== '' && !/[+#\0]/.test(topic) && !topic.startsWith('$') && isShort(topic)
}

/** Whether a topic or a filter is short enough to be worked with. */
export function isShort(topic: string): boolean {
  return (
    topic.length <= fixedLimits.topicCharacters &&
    topic.split('/', fixedLimits.topicLevels + 1).length <= fixedLimits.topicLevels
  )
}
