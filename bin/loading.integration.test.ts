import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { packageRoot } from '../lib/package-root.ts'

/** Run a command of the built program and return the modules that it loaded, as paths in the package. */
async function loadedModules(args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-loading-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const env = { ...process.env, NODE_V8_COVERAGE: folder }
  // A command that finds no running program fails, after it has loaded what it needs.
  await promisify(execFile)(process.execPath, [join(packageRoot, 'bin/forewarn.js'), ...args], { env }).catch(
    ({ code }: { code: unknown }) => expect(code).toBe(1),
  )
  const [file = ''] = await readdir(folder)
  const { result }: { result: { url: string }[] } = JSON.parse(await readFile(join(folder, file), 'utf8'))
  const root = `file://${packageRoot}/`
  return result.flatMap(({ url }) => (url.startsWith(root) ? [url.slice(root.length)] : []))
}

it('answers --version and --help without loading any command', async () => {
  for (const option of ['--version', '--help']) {
    const modules = await loadedModules([option])
    expect(modules).toContain('dist/bin/command-line.js')
    const commands = /^(dist\/app\/(commands|settings)|node_modules\/(?!commander))\//
    expect(modules.filter((path) => commands.test(path))).toEqual([])
  }
})

const closed = ['--url', 'http://127.0.0.1:1']

it.each([
  ['quarantine list', ['quarantine', 'list', ...closed]],
  ['dead-letters list', ['dead-letters', 'list', ...closed]],
  ['devices', ['devices', 'retire', 'vacuum-12', ...closed]],
  ['rules list', ['rules', 'list', ...closed]],
  ['rules reload', ['rules', 'reload', ...closed]],
  ['report', ['report', ...closed]],
  ['import', ['import', 'devices', 'README.md', ...closed]],
])('%s loads neither the rules nor a store', async (_name, args) => {
  const modules = await loadedModules(args)
  expect(modules).toContain('dist/app/settings/schema.js')
  const heavy =
    /^(dist\/(rules\/(?!files\/rule-file-problem)|evaluation|device-sim|workers)|node_modules\/(yaml|kysely|mqtt|lmdb|pg|jose|nodemailer)\/)/
  expect(modules.filter((path) => heavy.test(path))).toEqual([])
})
