import type { ComponentChildren } from 'preact'

interface TileProps {
  name: string
  value: string
  /** Shown in colour and in words. */
  state?: { is: 'good' | 'bad' | 'neutral'; text: string } | undefined
  note: string
  /** A small chart below. */
  children?: ComponentChildren
}

/** One figure with its name, its state and its history. */
export function Tile({ name, value, state, note, children }: TileProps) {
  return (
    <section class={`tile ${state?.is ?? 'neutral'}`}>
      {state === undefined ? null : <span class="state">{state.text}</span>}
      <h3>{name}</h3>
      <div class="value">{value}</div>
      <p>{note}</p>
      {children}
    </section>
  )
}
