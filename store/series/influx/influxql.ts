import type { InfluxClient, InfluxTable } from './client.ts'
import { decodeName, encodeName } from './tag-encoding.ts'

/** Range of all times in InfluxDB, ms: without both bounds a grouping by time would end now. */
export const allTime = { from: -9_223_372_036_854, to: 9_223_372_036_854 }

export function timeCondition({ from, to }: { from: number; to: number }): string {
  return `time >= ${from}ms AND time < ${to}ms`
}

export function deviceCondition(device: string): string {
  return `device = '${encodeName(device)}'`
}

export function metricCondition(metric: string): string {
  return `metric = '${encodeName(metric)}'`
}

/** Return a row of a table without names, as numbers. */
export type NumberRow = Record<string, number>

/** Return the rows of a response, with their device and metric where it is grouped by these. */
export function* decodeRows(
  tables: readonly InfluxTable[],
): Iterable<{ device: string; metric: string; row: NumberRow }> {
  for (const { tags, columns, values } of tables) {
    const device = decodeName(tags?.device ?? '')
    const metric = decodeName(tags?.metric ?? '')
    for (const cells of values) {
      yield { device, metric, row: Object.fromEntries(columns.map((name, i) => [name, Number(cells[i])])) }
    }
  }
}

/** Return the first row of a statement that returns one table. */
export async function queryFirstRow(
  server: InfluxClient,
  statement: string,
  timeoutMs?: number,
): Promise<NumberRow | undefined> {
  return decodeFirstRow(await server.query(statement, timeoutMs))
}

/** Return the first row of a response, as numbers. */
export function decodeFirstRow(tables: readonly InfluxTable[]): NumberRow | undefined {
  const [first] = decodeRows(tables)
  return first?.row
}
