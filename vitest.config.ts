import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongestFirst } from './test/runner/longest-first.ts'
import { TimeLimit } from './test/runner/time-limit.ts'

const integration = '**/*.integration.test.ts'

/** The files of a project share the modules of their worker: each leaves them as it found them. */
function project(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return { extends: true, test: { name, isolate: false, ...test } }
}

export default defineConfig({
  test: {
    projects: [
      // Code that needs no other process and no database.
      project('unit', {
        pool: 'threads',
        include: ['**/*.test.ts'],
        exclude: ['node_modules/**', 'dist/**', integration, 'test/*.test.ts', 'test/{scenarios,long}/**'],
      }),
      // One part with real databases, servers, child processes or a browser.
      project('integration', {
        pool: 'forks',
        include: [integration],
        exclude: ['node_modules/**', 'dist/**'],
        globalSetup: ['test/runner/shared-postgres.ts'],
      }),
      // The whole program, mostly as processes of its own.
      project('program', { pool: 'forks', include: ['test/*.test.ts'] }),
      // The whole program under load and faults.
      project('scenarios', { pool: 'forks', include: ['test/scenarios/**/*.test.ts'] }),
      // What cannot be seen in 20 s: run by .ci/long.
      project('long', { pool: 'forks', include: ['test/long/*.test.ts'] }),
    ],
    sequence: { sequencer: LongestFirst },
    // Before the default one, whose summary ends the output.
    reporters: [new TimeLimit(), 'default'],
    // More than there are cores: while programs start or wait, others compute.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: [
        '{contract,lib,ingest,store,rules,evaluation,notices,desk,workers,health,device-sim,api,app,demo,bin}/**/*.ts',
      ],
      exclude: ['**/*.test.ts', '**/*.conformance.ts'],
      thresholds: { lines: 80, functions: 80, branches: 70, statements: 80 },
      reporter: ['text-summary', 'lcovonly'],
    },
  },
})
