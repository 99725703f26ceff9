import type { JournalInfo, StreamName } from './journal.ts'

/**
 * Return about how many bytes some consumer has yet to read. What is retained behind the slowest consumer does not count,
 * because a full journal gives it up.
 */
export function backlogBytes({ bytes, streams, consumers }: Omit<JournalInfo, 'maxBytes' | 'full'>): number {
  const names = Object.keys(streams) as StreamName[]
  const retained = names.reduce((sum, name) => sum + streams[name].head - streams[name].tail, 0)
  const waiting = names.reduce((sum, name) => sum + backlogEntries(name, consumers), 0)
  return retained === 0 ? 0 : (bytes * Math.min(waiting, retained)) / retained
}

/** Each partition has its own slowest consumer: `series/0`, `series/1`. */
function backlogEntries(stream: StreamName, consumers: JournalInfo['consumers']): number {
  const slowest = new Map<string, number>()
  for (const { name, stream: read, lag } of consumers) {
    const [, partition = ''] = name.split('/')
    if (read === stream) slowest.set(partition, Math.max(slowest.get(partition) ?? 0, lag))
  }
  return [...slowest.values()].reduce((sum, lag) => sum + lag, 0)
}
