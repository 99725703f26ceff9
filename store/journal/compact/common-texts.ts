/**
 * Texts that states commonly hold, the most frequent first: fields of the engine and the detectors, metrics and components of the
 * shipped device kinds. A stored state names them by their place here: only ever append.
 */
export const commonTexts: readonly string[] = `
points memory value version episode component openBucket stateKey evaluatedAt continuousSince intervalsMs
pendingSince clearingSince suspended recentRaises lastNotified active ts newestAt is assessment series good
recent lastAccepted repeatCount levels scaleChange stepCandidate rejectedTimes readings used level older
bucketMs limitCrossing runSince crossedAt isTentative slopePerDay crossing since samples learnedUntil
assessedAt row count until filter_dp_pa main_brush firmware boot seq clock device format id kind model owner
epochs rules lastSeenAt evaluatedUpTo quality newestTs newestCount sensors faults inputs seen awaited
newestReadingAt baselines filter calendar firstSeenAt dueDate isOver settings battery forecast reference
heardIntervalsMs battery_health_pct runtime_h counter first usedSeries serviceLevels brush_current_a
robot_vacuum main_brush_motor dust_bin main_brush_rpm dust_bin_full_pct battery_voltage_v main_brush_load_pct
main_brush_rpm_nominal expectedSince site region inUseSince known scale crossesAt p10 p50 p90 bad severity
any raisedAt updateCount sums rise fall baseline deviations battery_temp_c charge_health_pct compressor
compressor_current_a compressor_current_nominal_a warning drum_motor occurrence between minor ambient_temp_c
metric epoch phone battery_cycles charge_counter_mah door_seal fridge_temp_c freezer_temp_c
compressor_duty_nominal_pct drum_vibration_g number filter_dp_nominal_pa completedLifetimes lostSpell from to
refrigerator compressor_duty_pct door_open_s battery_12v traction_battery at washing_machine drain_pump
drum_noise_db drain_time_s drum_rpm drum_load_kg drum_vibration_level_db drain_flow_pct anode air_conditioner
airflow_m3h outdoor_temp_c fan_rpm room_temp_c vehicle battery_12v_cranking_v battery_12v_rest_v
traction_soh_pct charge_full_kwh odometer_km battery_12v_cranking_nominal_v reported water_heater
heating_element anode_current_ma water_temp_c heating_power_w heating_time_min inlet_conductivity_us_cm
power_setpoint_pct away_mode design_capacity_mah traction_capacity_kwh
`
  .trim()
  .split(/\s+/)
