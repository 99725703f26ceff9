/** Look of the report beyond that of every page. */
export const stylesheet = `
.tiles { margin-top: var(--s5) } .months { display: flex; justify-content: space-between; font-size: .7rem; color: var(--ink-2) }
.tile { margin: 0; border-top: 4px solid var(--peers) } .tile.good { border-top-color: var(--good) } .tile.bad { border-top-color: var(--critical) }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: var(--s3); align-items: start }
td.text, th.text { overflow-wrap: anywhere } tr.total > * { font-weight: 600 }
.opened { color: var(--accent) } .resolved { color: var(--peers) } .spark, .ratio circle { color: var(--accent) }
.spark .interval { stroke-width: 5; opacity: .18 } .bar .interval, .ratio .interval { stroke-width: 1.4; opacity: .55 }
.bar { width: 160px } .bar rect { color: var(--accent); opacity: .55 } .ratio { width: 200px } .ratio .even { color: var(--peers) }
.worse .ratio .interval, .worse .ratio circle { color: var(--critical) } .tag.new { color: var(--major) }
.worn { color: var(--good) } .not_worn { color: var(--critical) } .sensor_fault { color: var(--major) } .other { color: var(--accent) }
.none { color: var(--peers) }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr } } @media print { .tiles { grid-template-columns: repeat(3, 1fr) } }
`
