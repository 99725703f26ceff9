import type { AuthenticateError } from 'aedes'
import { ExpectedError } from '../../lib/expected-error.ts'
import { fixedBrokerLimits } from './broker-limits.ts'

/** The validated fields of a CONNECT packet. */
export interface ConnectRequest {
  clientId: string
  /** 3 is MQTT 3.1, 4 is MQTT 3.1.1. */
  protocolVersion?: number | undefined
  clean?: boolean | undefined
  will?: { topic: string; payload: Buffer | string } | undefined
}

/** Return codes of MQTT 3.1.1, 3.2.2.3. */
const unacceptableProtocolVersion = 1
const identifierRejected = 2
const notAuthorized = 5

/** A CONNECT is rejected. */
export class ConnectRejectedError extends ExpectedError implements AuthenticateError {
  override readonly name = 'ConnectRejectedError'
  readonly returnCode: typeof unacceptableProtocolVersion | typeof identifierRejected | typeof notAuthorized

  constructor(returnCode: ConnectRejectedError['returnCode'], message: string) {
    super(message)
    this.returnCode = returnCode
  }
}

const invisibleCharacters = /[\p{Cc}\p{Surrogate}]/u

/** Validate the client id and the last will, which aedes does not, and the version, for which aedes has no clear message. */
export function validateConnect({
  clientId,
  protocolVersion = 4,
  clean,
  will,
}: ConnectRequest): ConnectRejectedError | undefined {
  if (clientId.length > fixedBrokerLimits.clientIdCharacters) {
    return new ConnectRejectedError(identifierRejected, 'the client id is too long')
  }
  if (invisibleCharacters.test(clientId)) {
    return new ConnectRejectedError(identifierRejected, 'the client id holds control characters')
  }
  if (protocolVersion !== 3 && protocolVersion !== 4) {
    const fix = 'set the client to MQTT 3.1.1, or use an external broker (mqtt.url)'
    const message = `client "${clientId}" uses MQTT ${protocolVersion}, and this broker has 3.1 and 3.1.1: ${fix}`
    return new ConnectRejectedError(unacceptableProtocolVersion, message)
  }
  if (clientId === '' && clean === false) {
    return new ConnectRejectedError(identifierRejected, 'a session that is kept needs a client id')
  }
  if (will === undefined) return undefined
  if (will.payload.length > fixedBrokerLimits.willPayloadBytes) {
    return new ConnectRejectedError(notAuthorized, 'the last will is too long')
  }
  if (isValidTopic(will.topic)) return undefined
  return new ConnectRejectedError(notAuthorized, 'the last will goes to what is no topic')
}

/** Validate the topic of a last will: the broker's parser checks only that of a PUBLISH. */
function isValidTopic(topic: string): boolean {
  return topic !== '' && !/[+#\0]/.test(topic) && !topic.startsWith('$') && isWithinTopicLimits(topic)
}

/** Tell whether a topic or a filter is short enough. */
export function isWithinTopicLimits(topic: string): boolean {
  return (
    topic.length <= fixedBrokerLimits.topicCharacters &&
    topic.split('/', fixedBrokerLimits.topicLevels + 1).length <= fixedBrokerLimits.topicLevels
  )
}
