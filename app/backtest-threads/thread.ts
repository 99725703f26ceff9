import { parentPort, workerData } from 'node:worker_threads'
import { serveReplay } from '../../evaluation/backtest/replay/serve-replay.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { loadPlugins } from '../plugins/load-plugins.ts'
import type { BacktestThreadData } from './backtest-threads.ts'

const { plugins, kindFolders } = workerData as BacktestThreadData

async function loadVocabulary() {
  const { detectors } = await loadPlugins(plugins)
  return { detectors, kinds: await loadKinds(...kindFolders) }
}

if (parentPort === null) throw new Error('this module runs in a thread')
serveReplay(parentPort, loadVocabulary())
