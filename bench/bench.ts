import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { formatTable } from './measure/format-table.ts'
import { describeMachine } from './measure/machine.ts'
import { note } from './measure/note.ts'
import type { BenchContext, Section, SectionResult } from './section.ts'
import { sections } from './sections.ts'

/** The command line is wrong. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [] },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

if (flags.list) list()
else await main()

function list(): void {
  for (const { name, title, rows = [], isLong } of sections) {
    const about = [
      title,
      ...(rows.length > 0 ? [`rows: ${rows.join(', ')}`] : []),
      ...(isLong ? ['with --full'] : []),
    ]
    process.stdout.write(`${name.padEnd(14)} ${about.join('; ')}\n`)
  }
}

async function main(): Promise<void> {
  const context = createContext()
  const results: Record<string, SectionResult> = {}
  const failures: string[] = []
  const wanted = sections.filter((section) => isSectionWanted(section, context))
  const loadBefore = loadavg()
  for (const section of wanted) {
    note(section.title)
    try {
      const result = await section.run(context)
      results[section.name] = result
      failures.push(...(result.failures ?? []))
      if (!flags.json) print(section, result)
    } catch (error) {
      // The figures of the other sections stand; the command fails at its end.
      failures.push(
        `${section.name}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
      )
      note(`FAILED: ${failures.at(-1)}`)
    }
  }
  const machine = { description: describeMachine(), loadBefore, loadAfter: loadavg() }
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ machine, options: flags, results, failures }, null, 2)}\n`)
  else
    process.stdout.write(
      `\nMachine: ${machine.description}; load average ${loadBefore.map(roundLoad)} before, ${machine.loadAfter.map(roundLoad)} after\n`,
    )
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`)
  process.exit(failures.length > 0 ? 1 : 0)
}

function createContext(): BenchContext {
  const names = flags.only.flatMap((one) => one.split(','))
  const known = sections.flatMap(({ name, rows = [] }) => [name, ...rows])
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new UsageError(`--only ${unknown.join(', ')}: use one of ${known.join(', ')}`)
  return {
    rounds: positive('rounds', flags.rounds),
    seconds: positive('seconds', flags.seconds),
    full: flags.full,
    isWanted: (name) => names.length === 0 || names.includes(name),
    isNamed: (name) => names.includes(name),
  }
}

function isSectionWanted({ name, rows = [], isLong }: Section, { isWanted, full }: BenchContext): boolean {
  if (isLong && !full && flags.only.length === 0) return false
  return [name, ...rows].some(isWanted)
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new UsageError(`--${name} is a number above 0, not ${text}`)
  return value
}

function print({ title }: Section, { tables, notes }: SectionResult): void {
  const lines = [`\n## ${title}`, ...tables.map(formatTable), notes.map((text) => `- ${text}`).join('\n')]
  process.stdout.write(`${lines.join('\n\n')}\n`)
}

function roundLoad(value: number): string {
  return value.toFixed(1)
}
