/** Everything the page looks like: it asks nobody else for anything. */
export const style = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --line: #d9dfe6; --paper: #fff; --back: #f4f6f8;
  --candidate: #c2410c; --live: #1d63c4; --band: #94a3b8; --failure: #b91c1c; --gain: #15803d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9aa8b6; --line: #35404c; --paper: #1a2129;
  --back: #11161c; --candidate: #fb923c; --live: #60a5fa; --band: #64748b; --failure: #f87171; --gain: #4ade80; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .25rem 0; color: var(--soft) }
table { border-collapse: collapse; width: 100%; background: var(--paper); border: 1px solid var(--line) }
th, td { padding: .35rem .6rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap }
th { color: var(--soft); font-weight: 600 } th:first-child, td:first-child, td.text, th.text { text-align: left }
.scroll { overflow-x: auto } .candidate { color: var(--candidate) } .live { color: var(--live) }
.gained, .earlier { color: var(--gain) } .lost, .later { color: var(--failure) }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem }
figure { margin: 0; padding: .75rem; background: var(--paper); border: 1px solid var(--line); border-radius: 6px }
figcaption { font-size: .85rem; overflow-wrap: anywhere } svg { display: block; width: 100% }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft) } svg .grid { stroke: var(--line) }
svg .band { fill: var(--band); opacity: .35 } svg .mean { fill: none; stroke: var(--band); stroke-width: 1.2 }
svg .candidate { stroke: var(--candidate); fill: var(--candidate) } svg .live { stroke: var(--live); fill: var(--live) }
svg .limit { stroke-dasharray: 5 4; stroke-width: 1 } svg .interval line { stroke-width: 4; opacity: .45 }
svg .mark line { stroke-width: 1; opacity: .35 } svg .mark.cleared polygon { fill: none }
svg .failure { stroke: var(--failure); stroke-width: 1.5 } svg .failure line { stroke-dasharray: 2 3 }
.key span { margin-right: 1rem }
`
