import { z } from 'zod'
import type { Shift } from '../../store/records/desk-schema.ts'
import { type Skill, shiftField, skillField } from '../schemas/technician.ts'
import type { Column } from './columns.ts'

/** `1-5 08:00-17:00; 6 09:00-13:00` */
export const shiftsColumn: Column<Shift[]> = {
  schema: z
    .string()
    .transform((text) => text.split(';').map(parseShift))
    .pipe(
      z.array(
        shiftField.refine(({ from, until }) => from !== until, { error: 'start and end are the same' }),
      ),
    ),
  write: (shifts) => shifts.map(({ days, from, until }) => `${days.join(',')} ${from}-${until}`).join('; '),
  empty: { value: [] },
  hint: 'Write days of the week (1 is Monday) and hours: 1-5 08:00-17:00; 6 09:00-13:00.',
}

/** `power; cooling:refrigerator; water:washing_machine:WM-100` */
export const skillsColumn: Column<Skill[]> = {
  schema: z
    .string()
    .transform((text) => text.split(';').map(parseSkill))
    .pipe(z.array(skillField))
    .transform((skills) => [...new Map(skills.map((skill) => [formatSkill(skill), skill])).values()]),
  write: (skills) => skills.map(formatSkill).toSorted().join('; '),
  empty: { value: [] },
  hint: 'Write skill:kind:model, with ; between skills; kind and model may be left out: power; water:washing_machine.',
}

function parseShift(text: string): unknown {
  const [, days = '', from, until] = /^\s*([\d,-]+)\s+(\d\d:\d\d)-(\d\d:\d\d)\s*$/.exec(text) ?? []
  return { days: days.split(',').flatMap(parseDays), from, until }
}

function parseDays(text: string): number[] {
  const [, first, last = first] = /^(\d)(?:-(\d))?$/.exec(text) ?? []
  // The schema rejects NaN.
  if (first === undefined || last === undefined || first > last) return [Number.NaN]
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index)
}

function parseSkill(text: string): unknown {
  const [skill, kind, model, ...more] = text.split(':').map((part) => part.trim())
  return { skill, ...(kind !== undefined && { kind }), ...(model !== undefined && { model }), ...more }
}

function formatSkill({ skill, kind, model }: Skill): string {
  if (model !== '*') return `${skill}:${kind}:${model}`
  return kind === '*' ? skill : `${skill}:${kind}`
}
