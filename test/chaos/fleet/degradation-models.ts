import type { Random } from '../../../device-sim/random.ts'

/** One kind of device as it wears: what it measures, and which of its parts can be replaced. */
export interface DegradationModel {
  kind: string
  model: string
  parts: readonly string[]
  /** @param wear of each part: 0 is new, about 1 is worn */
  measure(wear: (part: string) => number, random: Random): Record<string, number>
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000

function withNoise(random: Random, value: number, spread: number): number {
  return round(value + spread * random.normal())
}

/** Each crosses the limit of its rules when worn; a rule has a part of its own, so a ticket has one rule. */
export const degradationModels: readonly [DegradationModel, ...DegradationModel[]] = [
  {
    kind: 'phone',
    model: 'P-9',
    parts: ['battery'],
    measure: (wear, random) => ({
      battery_health_pct: withNoise(random, 97 - 18 * wear('battery'), 0.3),
      battery_temp_c: withNoise(random, 28, 1),
    }),
  },
  {
    kind: 'robot_vacuum',
    model: 'RV-20',
    parts: ['battery', 'filter', 'main_brush_motor'],
    measure(wear, random) {
      const load = random.between(30, 49)
      return {
        battery_health_pct: withNoise(random, 98 - 26 * wear('battery'), 0.2),
        filter_dp_pa: withNoise(random, 120 + 620 * wear('filter'), 4),
        main_brush_rpm: withNoise(random, 1_500 - 330 * wear('main_brush_motor') - 3.3 * (load - 40), 4),
        main_brush_load_pct: round(load),
      }
    },
  },
  {
    kind: 'washing_machine',
    model: 'W-8',
    parts: ['drum_motor'],
    measure: (wear, random) => ({
      drum_vibration_g: withNoise(random, 0.5 * Math.exp(2 * wear('drum_motor')), 0.01),
      drum_rpm: withNoise(random, 1_200, 10),
      drum_load_kg: round(random.between(2, 7)),
    }),
  },
  {
    kind: 'air_conditioner',
    model: 'AC-3',
    parts: ['filter'],
    measure: (wear, random) => ({
      filter_dp_pa: withNoise(random, 60 + 260 * wear('filter'), 2),
      fan_rpm: 1_200,
      room_temp_c: withNoise(random, 23, 1),
    }),
  },
]
