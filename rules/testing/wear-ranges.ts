/** Values of a metric of a new and of a worn-out part, and the standard deviation of its noise. */
export interface WearRange {
  fresh: number
  worn: number
  noise: number
}

const wearRange = (fresh: number, worn: number, noise = 0): WearRange => ({ fresh, worn, noise })

/** Wear of each kind's metrics over the lifetime of their parts, so that the shipped rules raise findings. */
export const wearRanges: Readonly<Record<string, Readonly<Record<string, WearRange>>>> = {
  phone: {
    battery_health_pct: wearRange(96, 70, 0.4),
    battery_cycles: wearRange(50, 900),
    charge_counter_mah: wearRange(3900, 2700, 20),
    design_capacity_mah: wearRange(4000, 4000),
    battery_temp_c: wearRange(25, 48, 3),
  },
  robot_vacuum: {
    battery_health_pct: wearRange(98, 72, 0.4),
    battery_voltage_v: wearRange(15, 13, 0.1),
    main_brush_rpm: wearRange(1540, 1230, 10),
    main_brush_load_pct: wearRange(33, 38, 2),
    brush_current_a: wearRange(1, 2.9, 0.03),
    filter_dp_pa: wearRange(80, 700, 5),
    dust_bin_full_pct: wearRange(10, 100, 1),
    runtime_h: wearRange(10, 320),
  },
  washing_machine: {
    drum_vibration_g: wearRange(0.5, 3, 0.05),
    drum_noise_db: wearRange(66, 81, 0.8),
    drain_time_s: wearRange(60, 170, 2),
    drum_rpm: wearRange(1200, 1200, 10),
    drum_load_kg: wearRange(4, 5, 1),
  },
  air_conditioner: {
    filter_dp_pa: wearRange(35, 300, 2),
    fan_rpm: wearRange(1150, 1200, 10),
    compressor_current_a: wearRange(4, 5.6, 0.1),
    airflow_m3h: wearRange(600, 410, 10),
    outdoor_temp_c: wearRange(29, 30, 2),
    runtime_h: wearRange(100, 1500),
    room_temp_c: wearRange(23, 24, 0.5),
  },
  refrigerator: {
    fridge_temp_c: wearRange(4, 10, 0.4),
    freezer_temp_c: wearRange(-18, -10, 0.6),
    compressor_duty_pct: wearRange(35, 75, 1.2),
    compressor_current_a: wearRange(1, 0.78, 0.01),
    ambient_temp_c: wearRange(20, 21, 0.4),
    door_open_s: wearRange(200, 210, 20),
  },
  water_heater: {
    anode_current_ma: wearRange(5, 0.1, 0.04),
    water_temp_c: wearRange(60, 59, 1.5),
    heating_power_w: wearRange(2000, 1700, 30),
    heating_time_min: wearRange(90, 130, 5),
    inlet_conductivity_us_cm: wearRange(500, 510, 10),
    runtime_h: wearRange(100, 1200),
  },
  vehicle: {
    battery_12v_cranking_v: wearRange(11, 9.2, 0.05),
    battery_12v_rest_v: wearRange(12.7, 12.2, 0.02),
    traction_soh_pct: wearRange(97, 68, 0.5),
    charge_full_kwh: wearRange(58, 40, 0.5),
    traction_capacity_kwh: wearRange(60, 60),
    odometer_km: wearRange(1000, 40_000),
    ambient_temp_c: wearRange(15, 16, 3),
  },
}
