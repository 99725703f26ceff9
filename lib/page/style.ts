/**
 * Colours (light and dark), type and spacing. Text of a `<style>` element is escaped like any other: no quotation marks,
 * no `&` and no `<`.
 */
export const tokens = `
:root { color-scheme: light dark;
  --ground: light-dark(#f6f7f8, #14171a); --sheet: light-dark(#ffffff, #1c2024); --sunk: light-dark(#eef0f2, #101316);
  --line: light-dark(#dde1e5, #2c3238); --ink: light-dark(#1b2024, #e8ebee); --ink-2: light-dark(#57606a, #a3adb7);
  --ink-3: light-dark(#868f98, #75808a); --accent: light-dark(#0b6bcb, #5aa9f5); --accent-soft: light-dark(#e3effb, #14304c);
  --critical: light-dark(#b42318, #f97066); --major: light-dark(#c4570a, #fb923c); --minor: light-dark(#92700c, #e3b341);
  --warning: light-dark(#57606a, #a3adb7); --good: light-dark(#1a7f4b, #4cc38a); --fan: light-dark(#0b6bcb, #5aa9f5);
  --peers: light-dark(#868f98, #75808a); --limit: light-dark(#b42318, #f97066);
  --font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans SC', 'PingFang SC', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'JetBrains Mono', Menlo, Consolas, monospace;
  --r: 6px; --s1: 4px; --s2: 8px; --s3: 12px; --s4: 16px; --s5: 24px; --s6: 32px }
`

/** Look of the parts of a chart: each takes the text colour, so that the class of a series only sets `color`. */
export const chartStyle = `
svg text { font: 10px var(--font); fill: var(--ink-2); stroke: none }
svg line, svg .line { stroke: currentColor } svg .line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
svg rect, svg circle, svg polygon { fill: currentColor } svg .area { opacity: .2 }
svg rect.sheet { fill: var(--sheet) } svg .grid { stroke: var(--line) } svg .dashed { stroke-dasharray: 5 4 }
`

/** Look of a page, its tables, tiles and legends, on a screen and on paper. */
export const pageStyle = `
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 var(--font) }
main { max-width: 74rem; margin: 0 auto; padding: var(--s6) var(--s5) 48px }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 var(--s1) } h2 { font-size: 1.1rem; margin: var(--s6) 0 var(--s1) }
h3 { font-size: .9rem; font-weight: 600; margin: 0; color: var(--ink-2) }
p { margin: var(--s1) 0 var(--s2); color: var(--ink-2) } figure { margin: 0 } figcaption { font-size: .85rem; overflow-wrap: anywhere }
svg { display: block; width: 100% }
.card, .tile { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--r); padding: var(--s3) var(--s4); margin-top: var(--s2) }
.scroll { overflow-x: auto; margin-top: var(--s2); background: var(--sheet); border: 1px solid var(--line); border-radius: var(--r) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: 5px 9px; text-align: right; font-weight: 400 } tbody th, td { border-top: 1px solid var(--line) }
thead th { color: var(--ink-2); font-weight: 500; vertical-align: bottom } th.text, td.text { text-align: left }
.drawing { width: 1% }
.legend { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s4); font-size: .85rem; color: var(--ink-2) }
.legend svg { display: inline-block; width: 24px; height: 10px; vertical-align: middle; margin-right: 6px }
.legend .area { opacity: .3 }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: var(--s3) } .tile { color: var(--ink) } .tile .value { font-size: 2rem; font-weight: 650; line-height: 1.25 }
.tile .state { float: right; font-size: .85rem; font-weight: 600 } .tile p { font-size: .8rem; margin: 0; min-height: 2.4em }
.tile.good .state { color: var(--good) } .tile.bad .state { color: var(--critical) }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 4px; padding: 0 .35em; font-size: .75rem; margin-left: .4em; white-space: nowrap }
.stack { height: 22px; border-radius: var(--r); margin: var(--s1) 0 var(--s2) } .stack text { font-size: 12px; fill: var(--ink) }
.good { color: var(--good) } .bad { color: var(--critical) }
@media (max-width: 50rem) { main { padding: var(--s4) } .tiles { grid-template-columns: 1fr } }
@media print { :root { color-scheme: light } body { background: none; font-size: 11px } main { padding: 0 } h2 { break-after: avoid }
  .tile, .card, tr { break-inside: avoid } .scroll { overflow: visible } * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
`
