import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { packageRoot } from '../../lib/package-root.ts'
import { createDetector } from './new-detector.ts'

async function copyOfRepository(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'forewarn-new-detector-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const parts = [
    'contract',
    'docs',
    'ingest',
    'lib',
    'rules',
    'store',
    '.gitignore',
    'biome.json',
    'package.json',
    'tsconfig.json',
  ]
  for (const part of parts) await cp(join(packageRoot, part), join(root, part), { recursive: true })
  await symlink(join(packageRoot, 'node_modules'), join(root, 'node_modules'))
  return root
}

it('a new detector passes the linter, the compiler and its tests at once', { timeout: 300_000 }, async () => {
  const root = await copyOfRepository()
  const run = (command: string, ...args: string[]) =>
    execFileSync(join(root, 'node_modules', '.bin', command), args, { cwd: root, encoding: 'utf8' })
  const output = execFileSync('npm', ['run', '-s', 'new', 'detector', 'too_hot'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(output.split('\n')).toEqual([
    'wrote rules/detectors/too_hot/too_hot.ts',
    'wrote rules/detectors/too_hot/too_hot.test.ts',
    'wrote rules/detectors/too_hot/README.md',
    'wrote rules/detectors/too_hot/sample.yaml',
    'wrote rules/detectors/shipped.ts',
    'wrote rules/detectors/too_hot/README.md',
    'wrote docs/rules.md',
    '',
  ])
  run('biome', 'check', '--error-on-warnings', 'rules/detectors')
  const config = { extends: './tsconfig.json', include: ['rules/detectors'] }
  await writeFile(join(root, 'tsconfig.check.json'), JSON.stringify(config))
  run('tsc', '-p', 'tsconfig.check.json')
  const tests = [
    'rules/detectors/too_hot',
    'rules/detectors/detectors.test.ts',
    'rules/detector-tools/reference-pages.test.ts',
  ]
  expect(run('vitest', 'run', '--root', root, ...tests)).toMatch(/Test Files .*3 passed/)
})

it.each([
  ['threshold', 'there is already a detector "threshold"'],
  ['all', 'reserved'],
  ['Too-Hot', 'not allowed'],
])('refuses the name %s', async (name, words) => {
  await expect(createDetector('/nowhere', name)).rejects.toThrow(words)
})
