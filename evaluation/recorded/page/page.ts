import type { Score, ScoredSet } from '../score.ts'
import type { SetSummary } from '../summary.ts'
import { inTime, percent, titleOf } from '../text-table.ts'
import { alarmsSection } from './alarms.ts'
import { plotClip } from './fan.ts'
import { bestSimple, forecastsSection } from './forecasts.ts'
import { tableHtml } from './html.ts'
import { style } from './style.ts'

export interface PageContent {
  forecast: readonly (ScoredSet & { summary: SetSummary })[]
  detected: Score['detected']
}

/** The score as one page that needs nothing else: no script, no font, no request. */
export function pageOf({ forecast, detected }: PageContent): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Forewarn: the score</title><style>${style}</style></head><body>${plotClip}<main>
<h1>How good are the forecasts?</h1>
<p>Lives of real parts that were recorded until they failed, forecast as if we were there: at each moment only what was
known of the part until then, and the lives of others. Never its own end.</p>
<section><h2>All sets</h2>${overview(forecast)}
<p class="soft">Median error of the predicted date; share of forecasts within ±30 % of the time that truly was left; share of truths within P10–P90.</p></section>
${forecast.map((each) => forecastsSection(each, each.summary)).join('\n')}
${detected.map(alarmsSection).join('\n')}
</main></body></html>
`
}

function overview(forecast: PageContent['forecast']): string {
  const rows = forecast.map(({ set, summary }) => {
    const { figures, baselines } = summary
    const best = bestSimple(summary)
    const theirs = best === undefined ? undefined : baselines.get(best)?.figures
    const cells = [
      set.title,
      String(figures.forecasts),
      inTime(figures.medianAbsError, set.time),
      inTime(theirs?.medianAbsError ?? null, set.time),
      best === undefined ? '' : titleOf(best),
      percent(figures.within30),
      percent(figures.coverage80),
    ]
    return { cells }
  })
  const head = ['', 'forecasts', 'median error', 'best simple', 'which', 'within ±30 %', 'in P10–P90']
  return tableHtml({ head, rows })
}
