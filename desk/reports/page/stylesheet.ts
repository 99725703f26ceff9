/** Everything the page looks like: it asks nobody else for anything. */
export const stylesheet = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --line: #dfe4ea; --paper: #fff; --back: #f4f6f8;
  --main: #1d63c4; --second: #94a3b8; --good: #15803d; --bad: #b91c1c; --odd: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9aa8b6; --line: #35404c; --paper: #1a2129;
  --back: #11161c; --main: #60a5fa; --second: #64748b; --good: #4ade80; --bad: #f87171; --odd: #fbbf24; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.5rem; background: var(--back); color: var(--ink);
  font: 14px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2.25rem 0 .25rem }
p { margin: .25rem 0 .5rem; color: var(--soft) }
.kpis { display: grid; grid-template-columns: repeat(3, 1fr); gap: .9rem; margin-top: 1.25rem }
.kpi { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem;
  border-top: 4px solid var(--second) }
.kpi.met { border-top-color: var(--good) } .kpi.missed { border-top-color: var(--bad) }
.kpi h3 { margin: 0; font-size: .9rem; font-weight: 600; color: var(--soft) }
.kpi .value { font-size: 2rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums }
.kpi .state { font-size: .85rem; float: right; margin-top: .75rem; font-weight: 600 }
.met .state, .good { color: var(--good) } .missed .state, .bad { color: var(--bad) }
.kpi p { font-size: .8rem; margin: 0; min-height: 2.4em } .kpi .months { display: flex; justify-content: space-between;
  font-size: .7rem; color: var(--soft) }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin-top: .5rem }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem; align-items: start }
.key { font-size: .8rem } .key span { margin-right: 1.1rem; white-space: nowrap }
.key i { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .35em }
table { border-collapse: collapse; width: 100%; background: var(--paper); border: 1px solid var(--line); margin-top: .5rem }
th, td { padding: .3rem .6rem; text-align: right; border-top: 1px solid var(--line); font-variant-numeric: tabular-nums }
th { color: var(--soft); font-weight: 600; vertical-align: bottom } .text { text-align: left; overflow-wrap: anywhere }
tr.total td { font-weight: 600 } .scroll { overflow-x: auto } .none { color: var(--soft) }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 4px; padding: 0 .35em; font-size: .75rem;
  margin-left: .4em; white-space: nowrap; color: var(--odd) } .tag.bad { color: var(--bad) }
svg { display: block; width: 100% } svg text { font: 10px system-ui, sans-serif; fill: var(--soft) }
svg .grid { stroke: var(--line) } .opened { fill: var(--main); background: var(--main) }
.resolved { fill: var(--second); background: var(--second) }
.spark polyline { fill: none; stroke: var(--main); stroke-width: 1.6 } .spark circle { fill: var(--main) }
.reach { stroke: var(--ink); stroke-width: 1.4; opacity: .55 } .spark .reach { stroke: var(--main); stroke-width: 5; opacity: .18 }
.target { stroke: var(--good); stroke-dasharray: 5 4 }
.drawing { width: 1% } .bar { width: 160px } .bar rect { fill: var(--main); opacity: .55 }
.ratio { width: 200px } .ratio circle { fill: var(--main) } .ratio .even { stroke: var(--second) }
.worse .ratio circle { fill: var(--bad) } .worse .reach { stroke: var(--bad) }
.stack { height: 18px; border-radius: 4px; margin: .3rem 0 .5rem }
.worn { fill: var(--good); background: var(--good) } .not_worn { fill: var(--bad); background: var(--bad) }
.sensor_fault { fill: var(--odd); background: var(--odd) } .other { fill: var(--main); background: var(--main) }
.unsaid { fill: var(--second); background: var(--second) }
@media (max-width: 50rem) { .kpis, .pair { grid-template-columns: 1fr } }
@media print { :root { color-scheme: light } body { background: #fff; padding: 0; font-size: 11px }
  .kpis { grid-template-columns: repeat(3, 1fr) } .kpi, .card, tr { break-inside: avoid } h2 { break-after: avoid }
  .scroll { overflow: visible } * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
`
