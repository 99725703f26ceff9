import { testChaos } from '../chaos/test-chaos.ts'

testChaos({ parts: 'production', faults: 6, seed: 5 })
