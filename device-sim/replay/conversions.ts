/** Units that a map may name: pressures become Pa, vibration g, speed r/min, time h, currents A, voltages V. */
export const sourceUnits = ['psi', 'kPa', 'mbar', 'mV', 'mA', 'm/s2', 'Hz', 'min', 's'] as const

export type SourceUnit = (typeof sourceUnits)[number]

/** Value of one source unit in the unit of the device kinds. */
export const unitConversions: Readonly<Record<SourceUnit, number>> = {
  psi: 6894.757,
  kPa: 1000,
  mbar: 100,
  mV: 0.001,
  mA: 0.001,
  'm/s2': 1 / 9.80665,
  Hz: 60,
  min: 1 / 60,
  s: 1 / 3600,
}
