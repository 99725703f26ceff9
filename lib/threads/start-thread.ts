import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Start a module of the program as a thread. In the build it is JavaScript; run from the sources, a thread has to register the
 * TypeScript loader itself.
 * @param module URL of the module without its extension, such as `new URL('./thread', import.meta.url)`
 */
export function startThread(module: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`${module}.js`), options)
  const loader = import.meta.resolve('tsx/esm/api')
  const start = `import('${loader}').then(({ register }) => { register(); return import('${module}.ts') })`
  return new Worker(start, { ...options, eval: true })
}
