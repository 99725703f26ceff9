import type { PrognosisSet } from '../recorded.ts'
import { airFilter } from './air-filter.ts'
import { calceBattery } from './calce-battery.ts'
import { laptopBattery } from './laptop-battery.ts'
import { liquidFilter } from './liquid-filter.ts'
import { nasaBattery } from './nasa-battery.ts'
import { phoneBattery } from './phone-battery.ts'

/** The sets that forecasts are scored on: a new set is one line here. */
export const prognosisSets: readonly PrognosisSet[] = [
  phoneBattery,
  laptopBattery,
  nasaBattery,
  calceBattery,
  liquidFilter,
  airFilter,
]
