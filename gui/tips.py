"""What tool tips teach: the physics behind a field, with the symbols of the paper (arXiv:2411.02636)."""

from __future__ import annotations

from collections.abc import Mapping

GATE = (
    "V_G strains the piezoelectric. Beyond the threshold V_th = Γ + ν the strain turns the soft layer by ϕ: just above "
    "it G ≈ G_AP + κ (V_G − V_th), the line that Eq. (2) means; farther off G bends below it."
)
FIELD = "An external field along the easy axis adds to the dipole field H_d of the hard layer, and so shifts V_th."
BIAS = (
    "G = I/V at a bias that is small enough not to disturb: TMR falls with bias, and so does what is read of κ. "
    "More bias means less noise; a bias curve says how much is safe."
)

TIPS: Mapping[str, str] = {
    "gate": GATE,
    "start": GATE,
    "stop": GATE,
    "gate_start": GATE,
    "gate_stop": GATE,
    "low": GATE,
    "high": GATE,
    "lowest_gate": "The usable range of V_G begins here: below V_th G stays at G_AP.",
    "highest_gate": "The usable range of V_G ends here: farther off G bends towards 2/(R_P + R_AP).",
    "bias": BIAS,
    "read_voltage": "V_j of a column: the row sums I_i = Σ_j G_ij V_j by Ohm and Kirchhoff (Fig. 8).",
    "field": FIELD,
    "apply_field": FIELD,
    "dwell": "The soft layer settles in nanoseconds; the piezoelectric creeps for seconds, so wait.",
    "settle": "The piezoelectric creeps after a step: what is read too early belongs to no gate voltage.",
    "averaging": "The mean of n raw readings scatters by 1/√n; gain and offset of the instruments do not average away.",
    "nplc": "Integrating over whole periods of the mains lets their hum vanish; noise falls with the root of the time.",
    "four_wire": "Two wires carry the current and two others sense the voltage: leads and contacts are left out.",
    "reversal": "Half the difference of both signs: a thermal EMF has the sign of neither, and is gone.",
    "polarity": "The sign s of V_G at which strain turns the soft layer: by poling, λ_s and gates: the sign of κ.",
    "poling": "d_33 in Γ = μ_0 M_s H_d t / (3 λ_s Y d_33) is that of a poled piezoelectric.",
    "allow_bipolar": "Beyond its coercive field the piezoelectric is poled the other way, and d_33 with it.",
    "direction": "Up and down differ by the hysteresis of the piezoelectric, not of the magnet: ΔV_h between them.",
    "input": "V_in1 lies across R_s and the junction in series: V_out ≈ κ R_s V_in1 V_in2 (Fig. 7).",
    "middle": "V_mid stands for V_in2 = 0: V_in2 = V_G − V_mid. The paper has δ for it.",
    "swing": "V_in2 = V_G − V_mid. Within it G must follow a line: how far it bends is the error of the product.",
    "series": "R_s turns the current into V_out. R_s ≪ R_s-MTJ makes the product linear, and the output small.",
    "encoding": "V_out has a part V_in1 R_s G_AP that is no product; a branch at V_mid beside it is subtracted.",
    "tolerance": "How far κ may fail to be a constant before the range is called too long.",
    "trim": "Two junctions have two thresholds V_th: the trim moves the one onto the other.",
    "warming": "V_th and TMR move with temperature: the same map once more, warmer, tells how far the product does.",
    "dividend": "V_1 of the divider: V_out ∝ V_1 / V_2, the junction being the resistance 1/(κ V_2) (Fig. 6 b).",
    "lowest": "G of the weight zero.",
    "highest": "G of the largest weight: weights are conductances, linear in V_G (section 5 of the paper).",
    "track": "A domain wall along the track parts it into parallel and antiparallel: G is the sum of both (Fig. 3).",
    "grooves": "Walls rest in grooves: weights in steps, where an s-MTJ has any (Fig. 3 b).",
    "steps": "Equal steps of V_G should make equal steps of G, up as down: the linear synapse of section 5.",
    "hold": "A state between 0° and 90° should stay as it is; what drifts is read here.",
    "seed": "The same seed makes the same chance again.",
    "share": "Self-heating and the bias dependence of TMR change G by this share at the bias that is called safe.",
    "target": "V_th = Γ + ν: at Γ the stress field H_s equals H_d, ν = (H_k/H_d) Γ is the shape's share; κ: the slope.",
    "wanted": "The run ends once the fit knows its target as well as this.",
    "temperature": "M_s, TMR and d_33 fall with temperature; V_th and κ move.",
}
"""By name of the parameter."""

AS_FIELD = {"start": FIELD, "stop": FIELD}
ACROSS = "A field along the minor axis turns the soft layer as well, and chooses between the wells ±ϕ."

OF_PROCEDURES: Mapping[str, Mapping[str, str]] = {
    "field-loop": AS_FIELD,
    "gated-field-loops": AS_FIELD,
    "transverse-loop": {"start": ACROSS, "stop": ACROSS},
    "telegraph-trace": {
        "gate": "Just above V_th few kT part the two wells ±ϕ: noise hops between them, seen where a misaligned "
        "hard layer gives them another G. The rate tells the barrier."
    },
    "noise-spectrum": {"gate": "At V_th nothing holds ϕ but terms of higher order: noise swings it farthest."},
    "gate-step": {
        "stop": "Beyond V_th the piezoelectric creeps on, by equal parts in each decade of time.",
        "per_decade": "Creep goes with the logarithm of time.",
    },
    "multiplier-ac": {"lowest": "", "highest": "", "share": ""},
    "matrix-product": {"tolerance": ""},
    "synapse": {"pulse": "Of a memristor or a wall: the step that a pulse makes depends on where it was before."},
}
"""By procedure and parameter, where the same name means something else."""

JUNCTION = (
    "What is believed of the junction: a preset or a file. G_AP, TMR, V_th = Γ + ν, Γ and their uncertainty: the model "
    "beside the run lives by it, and its bands are as wide."
)
MODEL = (
    "sllg: trajectories of the magnetisation m by the stochastic Landau-Lifshitz-Gilbert equation. boltzmann: thermal "
    "equilibrium over ϕ. static: the energy minimum, cos ϕ = H_d/(H_s − H_k) beyond V_th. The others are lines: "
    "Eq. (2) as printed, the paper's tangent at V_th, and the exact one."
)
