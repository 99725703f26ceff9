import { outlookOf } from '../../rules/prognosis/outlook.ts'
import type { Method } from './baselines/baselines.ts'

/** The product's own forecast. */
export const forewarn: Method = (own, peers, question) => {
  const outlook = outlookOf(own, peers, question)
  return outlook.is === 'known' ? { is: 'date', ...outlook.crossing } : { is: 'withheld', why: outlook.why }
}
