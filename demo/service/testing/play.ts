import type { ServiceFigures } from '../figures.ts'
import { simulateService } from '../simulate-service.ts'
import { createFleetRunFixture } from './fleet-run-fixture.ts'

/** Play the service of a small fleet. */
export function play(seed: number): Promise<ServiceFigures> {
  return simulateService({
    fleetRun: createFleetRunFixture(seed, 20),
    seed,
    signal: new AbortController().signal,
    onProgress() {},
  })
}
