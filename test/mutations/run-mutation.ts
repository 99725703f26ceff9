import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../lib/package-root.ts'
import { listRepositoryFiles } from '../repository/repository-files.ts'
import type { Mutation } from './mutation.ts'

export type MutationOutcome =
  /** Tests failed, as they should. */
  | { is: 'caught'; by: readonly string[] }
  | { is: 'survived' }
  /** The suite did not run: this says nothing about the mutation. */
  | { is: 'broken'; reason: string }

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { assertionResults: { status: string; fullName: string }[]; message: string }[]
}

const vitest = 'node_modules/vitest/vitest.mjs'
const maxOutputBytes = 64 * 2 ** 20
const maxReasonLength = 600

/** A copy of the repository in a temporary folder, in which mutations run one after another. */
export class MutationWorkspace {
  readonly #root = mkdtempSync(join(tmpdir(), 'forewarn-mutations-'))
  /** Outcome of each suite without a mutation. */
  readonly #cleanRuns = new Map<string, MutationOutcome>()

  constructor() {
    for (const path of listRepositoryFiles()) {
      mkdirSync(dirname(join(this.#root, path)), { recursive: true })
      cpSync(join(packageRoot, path), join(this.#root, path))
    }
    cpSync(join(packageRoot, 'dist'), join(this.#root, 'dist'), { recursive: true })
    symlinkSync(join(packageRoot, 'node_modules'), join(this.#root, 'node_modules'))
  }

  /** Apply a mutation, run its suite, and undo it. The suite has to succeed without the mutation. */
  async run(mutation: Mutation): Promise<MutationOutcome> {
    const clean = await this.#runClean(mutation.suite)
    if (clean.is === 'caught')
      return { is: 'broken', reason: `without the mutation, too, its suite fails: ${clean.by[0]}` }
    if (clean.is === 'broken') return clean
    const path = join(this.#root, mutation.file)
    const original = readFileSync(path, 'utf8')
    writeFileSync(path, applyMutation(original, mutation))
    try {
      if (mutation.needsBuild) await this.#build()
      return await this.#runSuite(mutation.suite)
    } finally {
      writeFileSync(path, original)
      if (mutation.needsBuild) await this.#build()
    }
  }

  async #runClean(suite: readonly string[]): Promise<MutationOutcome> {
    const key = suite.join(' ')
    const outcome = this.#cleanRuns.get(key) ?? (await this.#runSuite(suite))
    this.#cleanRuns.set(key, outcome)
    return outcome
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  /** A mutation may leave a variable unused: the compiler complains, and writes the files. */
  async #build(): Promise<void> {
    await this.#execute(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
  }

  async #runSuite(suite: readonly string[]): Promise<MutationOutcome> {
    const report = join(this.#root, 'report.json')
    rmSync(report, { force: true })
    // One file at a time: where one fails, the others would be given up in the midst, and leave their programs running.
    const options = ['--bail=1', '--no-file-parallelism', '--passWithNoTests=false']
    const reporter = ['--reporter=json', `--outputFile=${report}`]
    const output = await this.#execute([vitest, 'run', ...options, ...reporter, ...suite])
    let found: VitestReport
    try {
      found = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
    } catch (error) {
      return { is: 'broken', reason: `${String(error)}: ${output.slice(-maxReasonLength)}` }
    }
    if (found.numFailedTests > 0) return { is: 'caught', by: failedTests(found) }
    const reason = found.testResults.map(({ message }) => message).find((message) => message !== '')
    if (reason !== undefined) return { is: 'broken', reason: reason.slice(0, maxReasonLength) }
    return found.numPassedTests > 0 ? { is: 'survived' } : { is: 'broken', reason: 'no test ran' }
  }

  /** @returns the output, whatever the exit code */
  async #execute(args: readonly string[]): Promise<string> {
    const options = { cwd: this.#root, maxBuffer: maxOutputBytes }
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args], options)
      return `${stdout}${stderr}`
    } catch (error) {
      const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string }
      return `${stdout}${stderr}`
    }
  }
}

/** @throws RangeError when the text to replace does not occur exactly once: the code has changed */
export function applyMutation(text: string, { name, file, search, replace }: Mutation): string {
  const [before, after, ...more] = text.split(search)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new RangeError(
      `mutation ${name} no longer applies: in ${file} its text has to occur once. Adapt it in test/mutations: ${search}`,
    )
  }
  return `${before}${replace}${after}`
}

function failedTests({ testResults }: VitestReport): string[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, fullName }) => (status === 'failed' ? [fullName] : [])),
  )
}
