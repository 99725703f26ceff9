import { testChaos } from '../chaos/test-chaos.ts'

testChaos({ parts: 'embedded', kills: 3, faults: 0, seed: 3 })
