import { testChaos } from '../chaos/test-chaos.ts'

testChaos({ parts: 'production', kills: 5, faults: 2, seed: 5 })
