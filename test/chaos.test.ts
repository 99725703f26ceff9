import { testChaos } from './chaos/test-chaos.ts'

testChaos({ parts: 'embedded', faults: 4, seed: 3 })
