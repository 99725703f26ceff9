import { decode } from '../../encoding.ts'
import type { DeadLetterEntry } from '../../journal.ts'
import { validateKey } from '../../journal-state.ts'
import { consumerField, parseConsumerField } from '../keys.ts'
import type { RedisConnection } from '../redis-connection.ts'

const factsPerScan = 1_000

/** Return the facts of a partition whose keys begin with a prefix. */
export async function readFacts(
  connection: RedisConnection,
  key: string,
  prefix: string,
): Promise<Map<string, unknown>> {
  const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
  const found = new Map<string, unknown>()
  let cursor = '0'
  do {
    const at = cursor
    const [next, some] = await connection.execute((client) =>
      client.hscanBuffer(key, at, 'MATCH', pattern, 'COUNT', factsPerScan),
    )
    for (let i = 0; i + 1 < some.length; i += 2)
      found.set(`${some[i]}`, decode(some[i + 1] ?? Buffer.alloc(0)))
    cursor = next.toString()
  } while (cursor !== '0')
  return found
}

/** Return the stored state that a consumer has under each key that has one. */
export async function readStates(
  connection: RedisConnection,
  key: string,
  { consumer, keys }: { consumer: string; keys: readonly string[] },
): Promise<Map<string, Buffer>> {
  const fields = keys.map((one) => consumerField(consumer, validateKey(one)))
  if (fields.length === 0) return new Map()
  const values = await connection.execute((client) => client.hmgetBuffer(key, ...fields))
  return new Map(
    keys.flatMap((one, i) => {
      const value = values[i]
      return value ? [[one, value]] : []
    }),
  )
}

/** Return the dead letters of a consumer, by offset. */
export async function readDeadLetters<E>(
  connection: RedisConnection,
  key: string,
  consumer: string,
): Promise<DeadLetterEntry<E>[]> {
  const all = await connection.execute((client) => client.hgetallBuffer(key))
  const own = Object.entries(all).filter(([field]) => parseConsumerField(field).consumer === consumer)
  // The type is the one that `commit` stored.
  const deadLetters = own.map(([, value]) => decode(value) as DeadLetterEntry<E>)
  return deadLetters.sort((a, b) => a.offset - b.offset)
}
