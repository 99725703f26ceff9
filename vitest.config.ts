import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    // Most of the long ones wait for other programs.
    maxWorkers: '100%',
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
