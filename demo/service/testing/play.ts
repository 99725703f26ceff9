import type { ServiceFigures } from '../figures.ts'
import { simulateService } from '../simulate-service.ts'
import { createFleetRunFixture } from './fleet-run-fixture.ts'

/** Play the service of a small fleet, for a month unless told otherwise. */
export function play(seed: number, { devices = 20, days = 30 } = {}): Promise<ServiceFigures> {
  return simulateService({
    fleetRun: createFleetRunFixture(seed, devices, days),
    seed,
    signal: new AbortController().signal,
    onProgress() {},
  })
}
