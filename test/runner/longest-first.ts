import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import seconds from './seconds.json' with { type: 'json' }

/** Those that wait most come first. A worker keeps its modules as long as its next file is of the same project. */
const projects = ['scenarios', 'program', 'integration', 'unit']

const recorded = new Map<string, number>(Object.entries(seconds))

/** Orders files by project, and then by how long they took when that was recorded, so that no long one begins last. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project }: TestSpecification) => projects.indexOf(project.name)
    const taking = ({ moduleId }: TestSpecification) =>
      recorded.get(relative(this.ctx.config.root, moduleId)) ?? 0
    return files.toSorted((a, b) => rank(a) - rank(b) || taking(b) - taking(a))
  }
}
