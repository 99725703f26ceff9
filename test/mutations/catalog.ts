import { intakeMutations } from './intake.ts'
import type { Mutation } from './mutation.ts'
import { processingMutations } from './processing.ts'

export const mutations: readonly Mutation[] = [...intakeMutations, ...processingMutations]
