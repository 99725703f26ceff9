import type { RedisConnection } from '../redis-connection.ts'
import { decode } from '../../encoding.ts'

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
