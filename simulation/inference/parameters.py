"""Every parameter that can be extracted: its symbol, its unit, what it is. Names are shared by all protocols."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """A parameter as a page writes it."""

    symbol: str
    unit: str
    meaning: str


PARAMETERS = {
    # The junction's own, fields of `Junction` where the name is one.
    "resistance_parallel": Parameter("R_P", "Ω", "resistance with both layers parallel"),
    "resistance_antiparallel": Parameter("R_AP", "Ω", "resistance with both layers antiparallel"),
    "conductance_antiparallel": Parameter("G_AP", "S", "conductance with both layers antiparallel"),
    "tmr": Parameter("TMR", "", "(R_AP − R_P)/R_P"),
    "resistance_area": Parameter("RA", "Ω m²", "R_P times the area of the junction"),
    "dipole_field": Parameter("H_d", "A/m", "net coupling field of the hard layer on the soft layer"),
    "coercive_field": Parameter("H_c", "A/m", "half width of the minor loop"),
    "hard_layer_coercivity": Parameter("H_ch", "A/m", "field at which the hard layer reverses"),
    "shape_field": Parameter("H_k", "A/m", "in-plane shape anisotropy field"),
    "ramp_half_width": Parameter("H_s − H_k", "A/m", "half width of the ramp along the easy axis with the gate on"),
    "anisotropy_and_dipole": Parameter("H_d + H_k", "A/m", "stiffness against a transverse field without gate"),
    "stress_field_per_volt": Parameter("H_s/V", "A/(m V)", "stress anisotropy field per volt"),
    "transverse_field": Parameter("H_y", "A/m", "stray field along the minor axis"),
    "bias_half_tmr": Parameter("V_h", "V", "bias at which the TMR has fallen to half"),
    "safe_bias": Parameter("V_safe", "V", "largest bias at which the conductance keeps to its value at no bias"),
    "offset_voltage": Parameter("V_0", "V", "voltage in the junction's loop when none is applied"),
    "area": Parameter("A", "m²", "area of the junction"),
    "piezo_hysteresis": Parameter("h_p", "", "width of the piezo's loop as a fraction of the full strain"),
    "piezo_creep": Parameter("g", "", "growth of the strain per decade of time"),
    # The transfer curve's.
    "threshold": Parameter("V_th", "V", "gate above which the soft layer rotates"),
    "slope": Parameter("κ", "S/V", "dG/dV_G just above the threshold"),
    "rotation_voltage": Parameter("Γ", "V", "gate for which the stress field equals the dipole field"),
    "shape_voltage": Parameter("ν", "V", "gate for which the stress field equals the shape field"),
    "pole": Parameter("δ", "V", "Γ − ν, the paper's offset"),
    "transverse_ratio": Parameter("H_y/H_d", "", "stray transverse field over the dipole field"),
    "series_resistance": Parameter("R_s", "Ω", "resistance in series with the junction"),
    "gate_gain": Parameter("g_V", "", "gain of the gate voltage's axis"),
    "hysteresis_voltage": Parameter("ΔV_h", "V", "threshold on the way down less threshold on the way up"),
    "window_start": Parameter("V_1", "V", "lower edge of the linear window"),
    "window_stop": Parameter("V_2", "V", "upper edge of the linear window"),
    "window_change": Parameter("ΔG", "S", "change of the conductance over the linear window"),
    "inl": Parameter("INL", "", "largest deviation from the line over the normaliser"),
    # In time.
    "leakage_resistance": Parameter("R_leak", "Ω", "resistance across the gate"),
    "absorption": Parameter("I_abs", "A", "absorption current 1 s after a step"),
    "absorption_exponent": Parameter("n_abs", "", "exponent of its decay"),
    "dwell_low": Parameter("τ_low", "s", "mean dwell time in the state of low conductance"),
    "dwell_high": Parameter("τ_high", "s", "mean dwell time in the state of high conductance"),
    "telegraph_step": Parameter("ΔG", "S", "distance of the two states"),
    "barrier_low": Parameter("Δ_low", "kT", "barrier out of the state of low conductance"),
    "barrier_high": Parameter("Δ_high", "kT", "barrier out of the state of high conductance"),
    "hooge": Parameter("α_H", "m²", "Hooge parameter: S_G/G² = α_H/(A f)"),
    "white_noise": Parameter("S_w", "1/Hz", "white part of S_G/G²"),
    "corner_frequency": Parameter("f_c", "Hz", "where the 1/f part equals the white part"),
    "flicker_exponent": Parameter("β", "", "exponent of 1/f where it is fitted along, a check: 1 is expected"),
    "energy_per_field": Parameter(
        "2 µ0 M_s Vol m_y/kT", "m/A", "difference of the wells' energies for a field along y"
    ),
}
"""Name to symbol, unit and meaning; a symbol is set as X with what follows `_` below it."""
