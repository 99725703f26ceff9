export interface LegendEntry {
  /** Class of the line, area or slice that is explained. */
  class: string
  name: string
  /** A filled patch is the default. */
  shape?: 'line' | 'patch'
}

/** The names of the lines and areas of a chart. */
export function Legend({ entries }: { entries: readonly LegendEntry[] }) {
  return (
    <div class="legend">
      {entries.map(({ class: look, name, shape = 'patch' }) => (
        <span key={name}>
          <svg viewBox="0 0 24 10" aria-hidden="true">
            {shape === 'line' ? (
              <line class={`line ${look}`} x1="0" x2="24" y1="5" y2="5" />
            ) : (
              <rect class={look} width="24" height="10" rx="2" />
            )}
          </svg>
          {name}
        </span>
      ))}
    </div>
  )
}
