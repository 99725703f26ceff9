import { testChaos } from '../chaos/test-chaos.ts'

testChaos({ parts: 'embedded', kills: 1, faults: 2, seed: 3 })
