import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RuleFileProblem } from './rule-file-problem.ts'

export interface TextFile {
  file: string
  text: string
}

export interface YamlFiles {
  files: TextFile[]
  /** Paths that cannot be read. */
  problems: RuleFileProblem[]
}

/** Read the YAML files at paths: files, and folders with all files below them, in order of name. */
export async function readYamlFiles(paths: readonly string[]): Promise<YamlFiles> {
  const files: TextFile[] = []
  const problems: RuleFileProblem[] = []
  for (const path of paths) {
    try {
      for (const file of await yamlFilesAt(path)) files.push({ file, text: await readFile(file, 'utf8') })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push({ file: path, line: 1, column: 1, message: `the file cannot be read: ${reason}` })
    }
  }
  return { files, problems }
}

async function yamlFilesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}
