/** Titles of the methods. */
const titles: Readonly<Record<string, string>> = {
  forewarn: 'Forewarn',
  ownTrend: 'own trend',
  linearWindow: 'line, recent window',
  linearAll: 'line, all',
  theilSen: 'Theil–Sen',
  peersFromLevel: 'peers from this level',
  meanLife: 'mean life of peers',
  lifeAndLevel: 'mean life and level',
  dwellSum: 'peers’ dwell per step',
  kaplanMeier: 'Kaplan–Meier by age',
  similarity: 'most similar peers',
  meanOfTwo: 'Forewarn and dwell, mean',
}

export const methodTitle = (method: string): string => titles[method] ?? method
