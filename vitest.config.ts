import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongestFirst } from './test/runner/longest-first.ts'
import { TimeLimit } from './test/runner/time-limit.ts'

const integration = '**/*.integration.test.ts'

/** Whose files share a worker's modules, and so must not change what others see of them. */
function project(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return { extends: true, test: { name, isolate: false, ...test } }
}

export default defineConfig({
  test: {
    exclude: ['node_modules/**', 'dist/**'],
    projects: [
      // What computes, in this process alone.
      project('unit', { pool: 'threads', include: ['**/*.test.ts'], exclude: [integration, 'test/*.test.ts'] }),
      // A part with real databases, servers or child processes.
      project('integration', {
        pool: 'forks',
        include: [integration],
        globalSetup: ['test/support/shared-postgres.ts'],
      }),
      // The whole program, mostly as processes of its own.
      project('program', { pool: 'forks', include: ['test/*.test.ts'] }),
    ],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new TimeLimit()],
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: [
        'contract/**',
        'lib/**',
        'ingest/**',
        'store/**',
        'rules/**',
        'evaluation/**',
        'notices/**',
        'desk/**',
        'workers/**',
        'health/**',
        'device-sim/**',
        'api/**',
        'app/**',
        'demo/**',
        'bin/**',
      ],
      exclude: ['**/*.test.ts', '**/*.conformance.ts', '**/*.yaml', '**/README.md'],
      thresholds: { lines: 80, functions: 80, branches: 70, statements: 80 },
      reporter: ['text-summary', 'lcovonly'],
    },
  },
})
