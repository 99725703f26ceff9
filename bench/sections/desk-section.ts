import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { digits } from '../measure/format-table.ts'
import type { Section } from '../section.ts'

const script = join(import.meta.dirname, '..', 'desk.ts')
const maxOutputBytes = 16 * 2 ** 20

/** Last line of `bench/desk.ts --json`. */
interface DeskFigures {
  results: { parts: string; name: string; figures: Record<string, number> }[]
}

/** `bench/desk.ts`, in a process of its own: alarm flood, lists and open tickets. */
export const deskSection: Section = {
  name: 'flood',
  title: 'Service desk: alarm flood, lists, open tickets',
  isLong: true,
  async run({ rounds }) {
    const args = ['--import', 'tsx', script, '--json', `--rounds=${rounds}`]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: maxOutputBytes })
    const data = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as DeskFigures
    const rows = data.results.flatMap(({ parts, name, figures }) =>
      Object.entries(figures).map(([figure, value]) => [parts, name, figure, digits(value)]),
    )
    return {
      tables: [
        { title: 'Medians of the rounds', columns: ['backends', 'measurement', 'figure', 'value'], rows },
      ],
      notes: ['what each figure means: `bench/desk.ts`'],
      data,
    }
  },
}
