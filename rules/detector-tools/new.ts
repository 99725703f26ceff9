import { spawnSync } from 'node:child_process'
import { relative } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { createDetector, NewDetectorError } from './new-detector.ts'

const [what, name] = process.argv.slice(2)
try {
  if (what !== 'detector' || name === undefined)
    throw new NewDetectorError('usage: npm run new detector NAME')
  for (const path of await createDetector(packageRoot, name)) {
    process.stdout.write(`wrote ${relative(packageRoot, path)}\n`)
  }
  // In a process of its own, which sees the new detector.
  const docs = spawnSync('npm', ['run', '-s', 'docs'], { cwd: packageRoot, stdio: 'inherit' })
  process.exitCode = docs.status ?? 1
} catch (error) {
  if (!(error instanceof NewDetectorError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
