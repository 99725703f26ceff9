import { roleNames } from '../../app/roles.ts'
import { testChaos } from '../chaos/test-chaos.ts'

const all = roleNames.join(',')

testChaos({ parts: 'production', kills: 5, faults: 1, seed: 3, processes: [all, all] })
