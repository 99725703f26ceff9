import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDetectorRegistry, detectorNameProblem } from '../detectors/registry.ts'
import { detectorTemplate } from './template.ts'

/** A detector cannot be created; the message says why. */
export class NewDetectorError extends Error {
  override readonly name = 'NewDetectorError'
}

/**
 * Create the folder of a new detector and add it to the shipped ones.
 * @param root folder of the repository
 * @param name key below `detect:`
 * @returns absolute paths of the files that were written
 * @throws NewDetectorError for a name that is not allowed or taken
 */
export async function createDetector(root: string, name: string): Promise<string[]> {
  const problem = detectorNameProblem(name, createDetectorRegistry().names)
  if (problem !== undefined) throw new NewDetectorError(problem)
  const detectors = join(root, 'rules', 'detectors')
  const folder = join(detectors, name)
  if (existsSync(folder))
    throw new NewDetectorError(`${folder} exists already; remove it, or choose another name`)
  await mkdir(folder)
  const files = Object.entries(detectorTemplate(name)).map(([file, text]) => ({
    path: join(folder, file),
    text,
  }))
  const shipped = join(detectors, 'shipped.ts')
  files.push({ path: shipped, text: register(await readFile(shipped, 'utf8'), name) })
  for (const { path, text } of files) await writeFile(path, text)
  return files.map(({ path }) => path)
}

/** Imports are in the order of their paths, as the formatter wants them; the list is in the order of the documentation. */
function register(shipped: string, name: string): string {
  const variable = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const lines = shipped.split('\n')
  const line = `import { ${variable} } from './${name}/${name}.ts'`
  const pathOf = (statement: string) => / from '(.*)'$/.exec(statement)?.[1] ?? ''
  const imports = lines.filter((each) => each.startsWith('import '))
  const after = imports.findLast((each) => pathOf(each) < pathOf(line))
  lines.splice(after === undefined ? 0 : lines.indexOf(after) + 1, 0, line)
  lines.splice(lines.lastIndexOf(']'), 0, `  ${variable},`)
  return lines.join('\n')
}
