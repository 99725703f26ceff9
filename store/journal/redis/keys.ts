/**
 * The keys of one partition, in the order in which every script gets them. The part in braces is what Redis Cluster
 * hashes, so all of them are on one node.
 */
export function partitionKeys(prefix: string, partition: number) {
  const key = (name: string) => `{${prefix}:${partition}}:${name}`
  return {
    /** Hash: owner, number of the last write, positions of streams and consumers, totals. */
    meta: key('meta'),
    /** Hash: the values that the last write replaced. */
    undo: key('undo'),
    telemetry: key('telemetry'),
    findings: key('findings'),
    facts: key('facts'),
    /** Hash: states of consumers, see `fieldOf`. */
    states: key('states'),
    /** Hash: dead letters of consumers, see `fieldOf`. */
    deadLetters: key('dead_letters'),
    /** String with expiry: owner of the partition. */
    lease: key('lease'),
  }
}

export type PartitionKeys = ReturnType<typeof partitionKeys>

/** Where the number of partitions is kept. */
export function partitionCountKey(prefix: string): string {
  return `${prefix}:partitions`
}

/** A field of one consumer in a hash that all consumers share. */
export function consumerField(consumer: string, key: string | number): string {
  return `${consumer}\0${key}`
}

/** What `fieldOf` was given; names have no zero byte. */
export function parseConsumerField(field: string): { consumer: string; key: string } {
  const end = field.indexOf('\0')
  return { consumer: field.slice(0, end), key: field.slice(end + 1) }
}
