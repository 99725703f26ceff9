/** Return the files of a new detector, by name. It is a complete one: readings above a limit, several in a row. */
export function detectorTemplate(name: string): Readonly<Record<string, string>> {
  const variable = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return {
    [`${name}.ts`]: codeOf(name, variable),
    [`${name}.test.ts`]: testOf(name),
    'README.md': readmeOf(name),
    'sample.yaml': sampleOf(name),
  }
}

function codeOf(name: string, variable: string): string {
  const memoryType = `${variable.charAt(0).toUpperCase()}${variable.slice(1)}Memory`
  return `import { z } from 'zod'
import type { Assessment, Detector, Evaluator } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { shiftedUp } from '../stricter-values.ts'

const config = z.strictObject({
  metric: z.string().describe('Metric of the kind, measured or derived.'),
  above: z.number().describe('Highest value that is good.'),
  readings: z.int().min(1).max(100).default(3).describe('Consecutive readings above it that are bad.'),
})

/** What it remembers of a device; stored as JSON: plain data of bounded size. */
interface ${memoryType} {
  ts: number
  value: number
  consecutiveAbove: number
}

/** Readings above a limit, several in a row. */
export const ${variable}: Detector<z.infer<typeof config>> = {
  name: '${name}',
  config,
  validate: ({ metric }, { kind, path }) => validateMetric([...path, 'metric'], metric, kind),
  stricter: { above: shiftedUp, readings: (count) => [count + 1, count + 3] },
  indicatesFailure: () => true,
  createEvaluator({ metric, above, readings }, { kind }): Evaluator<${memoryType}> {
    return {
      metrics: [metric],
      reads: [],
      stateKey: \`${name} \${metric} \${above}\`,
      createMemory: () => ({ ts: Number.MIN_SAFE_INTEGER, value: above, consecutiveAbove: 0 }),
      onSample(memory, { ts, values }): Assessment {
        const value = values[metric]
        if (value === undefined || ts <= memory.ts) return { is: 'unknown' }
        memory.ts = ts
        memory.value = value
        memory.consecutiveAbove = value <= above ? 0 : Math.min(readings, memory.consecutiveAbove + 1)
        if (value <= above) return { is: 'good' }
        return { is: memory.consecutiveAbove >= readings ? 'bad' : 'between' }
      },
      evidence: ({ ts, value }) => ({
        detector: '${name}',
        metric,
        unit: kind.metrics.get(metric)?.unit ?? '',
        value,
        limit: above,
        points: [[ts, value]],
      }),
    }
  },
}
`
}

function testOf(name: string): string {
  return `import { expect, it } from 'vitest'
import { hotBatteryRule, TestPhone } from '../../testing/rules.ts'

const detect = '{ ${name}: { metric: battery_temp_c, above: 45, readings: 2 } }'

it('counts consecutive readings, each once', () => {
  const phone = new TestPhone(hotBatteryRule({ detect }))
  for (const [day, value] of [50, 40, 50, 50, 40].entries()) phone.read(day, { battery_temp_c: value })
  phone.read(4, { battery_temp_c: 40 })
  expect(phone.transitions).toEqual(['raised 3', 'cleared 4'])
})
`
}

function readmeOf(name: string): string {
  return `# ${name}

Readings above a limit, several in a row.

\`\`\`yaml
detect:
  ${name}: { metric: battery_temp_c, above: 45 }
\`\`\`

## Settings

<!-- settings -->
<!-- /settings -->

## How it decides

Bad once \`readings\` consecutive readings are above \`above\`, good at the first one that is not. A late reading, or one that
is sent again, changes nothing.
`
}

function sampleOf(name: string): string {
  return `rule: phone.${name}_example
kind: phone
component: battery
detect:
  ${name}: { metric: battery_temp_c, above: 45 }
severity: minor
tests:
  - name: three hot readings
    series: { battery_temp_c: "25x2 50x2 25 every 6h" }
    expect: [{ at: 30h..30h, finding: raised }, { at: 36h, finding: cleared }]
  - name: two are not enough
    series: { battery_temp_c: "25x2 50x1 25 every 6h" }
    expect: []
`
}
