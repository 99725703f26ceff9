import { decodeName, encodeName } from './names.ts'
import type { InfluxServer, InfluxTable } from './server.ts'

/** All times that InfluxDB knows, ms: without both ends a grouping by time would end now. */
export const ever = { from: -9_223_372_036_854, to: 9_223_372_036_854 }

export function during({ from, to }: { from: number; to: number }): string {
  return `time >= ${from}ms AND time < ${to}ms`
}

export function ofDevice(device: string): string {
  return `device = '${encodeName(device)}'`
}

export function ofMetric(metric: string): string {
  return `metric = '${encodeName(metric)}'`
}

/** A row of a table that has no names, as numbers. */
export type NumberRow = Record<string, number>

/** The rows of an answer, with the device and metric they are of where it is grouped by these. */
export function* rowsOf(
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

/** The first row of a statement that gives one table. */
export async function firstRow(
  server: InfluxServer,
  statement: string,
  timeoutMs?: number,
): Promise<NumberRow | undefined> {
  const [first] = rowsOf(await server.query(statement, timeoutMs))
  return first?.row
}
