import type { DeviceKind } from '../household.ts'
import type { FieldGaugeDesign } from './field-gauge.ts'

/** A part's capacity as a whole percent that the device estimates from time to time. */
const capacityPct = { step: 1, error: 0.006, driftPerYear: 0.004, firmwareChange: 0.006 }

/** Gauges by kind and metric; what is not listed is counted, or is sent as it is. */
export const fieldGauges: Record<DeviceKind, Readonly<Record<string, FieldGaugeDesign>>> = {
  phone: {
    battery_health_pct: { ...capacityPct, everyDays: 30 },
    battery_cycles: { step: 1, everyDays: 30, error: 0, driftPerYear: 0, firmwareChange: 0 },
    battery_temp_c: { step: 1, everyDays: 1, error: 0.02, driftPerYear: 0.01, firmwareChange: 0 },
  },
  robot_vacuum: {
    battery_health_pct: { ...capacityPct, everyDays: 7 },
    main_brush_rpm: { step: 10, error: 0.004, driftPerYear: 0.005, firmwareChange: 0.005 },
    brush_current_a: { step: 0.1, error: 0.02, driftPerYear: 0.03, firmwareChange: 0.03 },
    filter_dp_pa: { step: 5, error: 0.02, driftPerYear: 0.03, firmwareChange: 0.03 },
  },
  washing_machine: {
    drum_vibration_g: { step: 0.05, error: 0.03, driftPerYear: 0.03, firmwareChange: 0.03 },
    drum_noise_db: { step: 1, error: 0.005, driftPerYear: 0.005, firmwareChange: 0.005 },
    drain_time_s: { step: 2, error: 0.01, driftPerYear: 0.01, firmwareChange: 0.01 },
  },
  air_conditioner: {
    filter_dp_pa: { step: 2, error: 0.02, driftPerYear: 0.03, firmwareChange: 0.03 },
    airflow_m3h: { step: 10, error: 0.02, driftPerYear: 0.02, firmwareChange: 0.02 },
    compressor_current_a: { step: 0.1, error: 0.01, driftPerYear: 0.01, firmwareChange: 0.01 },
  },
  refrigerator: {
    fridge_temp_c: { step: 0.5, error: 0.02, driftPerYear: 0.02, firmwareChange: 0 },
    compressor_duty_pct: { step: 1, error: 0.02, driftPerYear: 0.02, firmwareChange: 0.02 },
    compressor_current_a: { step: 0.01, error: 0.01, driftPerYear: 0.01, firmwareChange: 0.01 },
  },
  water_heater: {
    anode_current_ma: { step: 0.05, everyDays: 3, error: 0.03, driftPerYear: 0.03, firmwareChange: 0.03 },
  },
  vehicle: {
    traction_soh_pct: { ...capacityPct, everyDays: 30 },
    charge_full_kwh: { step: 0.5, everyDays: 7, error: 0.01, driftPerYear: 0.005, firmwareChange: 0.005 },
    battery_12v_cranking_v: { step: 0.1, error: 0.005, driftPerYear: 0.003, firmwareChange: 0.003 },
  },
}

/** Values that the field does not have: phones of most makers tell no charge. */
export const unsentMetrics: Partial<Record<DeviceKind, readonly string[]>> = {
  phone: ['charge_counter_mah'],
}
