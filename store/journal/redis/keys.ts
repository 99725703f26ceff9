/**
 * The keys of one partition, in the order in which every script gets them. The part in braces is what Redis Cluster
 * hashes, so all of them are on one node.
 * @param writer one of several writers; default: the process that owns the partition, or the ingestion
 */
export function partitionKeys(prefix: string, partition: number, writer?: string) {
  const key = (name: string) => `{${prefix}:${partition}}:${name}`
  const own = (name: string) => key(writer === undefined ? name : `${name}:${writer}`)
  return {
    /** Hash: positions of streams and consumers, totals; where one process owns the partition, its writes too. */
    meta: key('meta'),
    /** Hash: the values that the writer's last write replaced. */
    undo: own('undo'),
    telemetry: key('telemetry'),
    findings: key('findings'),
    facts: key('facts'),
    /** Hash: states of consumers, see `fieldOf`. */
    states: key('states'),
    /** Hash: dead letters of consumers, see `fieldOf`. */
    deadLetters: key('dead_letters'),
    /** String with expiry: holder of the writer. */
    lease: own('lease'),
    /** Hash: owner, and number of the last write. */
    writer: writer === undefined ? key('meta') : key(`writer:${writer}`),
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
