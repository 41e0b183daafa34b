"""What the errors of a multiplier will be, before it is measured (physics: circuits), in numbers and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_gates
from .bilinear import product_residual, share_of_swing, shifted_residual
from .errors import ModelError
from .multiplier_circuit import Encoding, MultiplierCircuit, Reference
from .predict import predict

Floats = NDArray[np.float64]

NEGLIGIBLE_LOADING = 0.01
"""Loading error from which on a user is warned that the scale factor is not R_s dG/dV_G."""
NEGLIGIBLE_BIAS_ERROR = 0.01
"""TMR-bias error from which on a user is warned."""
SAFE_BIAS = 0.1
"""V across the junction above which a barrier is not read by default (physics: hardware-side values)."""
_VANISHING = 1e-6
"""R_s in units of R_P that stands for none."""


@dataclass(frozen=True)
class MultiplierPrediction:
    """Errors of a circuit over a range of V_in1 and of gates; fractions, not per cent."""

    encoding: Encoding
    loading_error: float
    """1/(1 + R_s G)^2 - 1 at the middle gate: scale factor over R_s dG/dV_G, less 1. R_s takes bias from the junction
    and, where G rises, takes more of it."""
    output_loading_error: float
    """1/(1 + R_s G) - 1 at the middle gate: output of the junction's branch over V_in1 R_s G, less 1."""
    shape_error: float
    """Largest deviation of the output along the gates from its least-squares line, over its change, at small bias."""
    shape_error_of_junction: float
    """The same of G itself, R_s -> 0: what is left when R_s costs nothing."""
    bias_error: float
    """What the fall of the TMR does at the largest V_in1, relative. Single-ended: to the output at the middle gate,
    which it raises. Differential: to the change of the output over the gates, end to end, which it lowers."""
    largest_bias: float
    """V across the junction, the largest of the map."""
    pedestal: float
    """Mean of |output| over half its swing along the gates, at the largest V_in1; 0 for one symmetric about zero."""
    modulation: float
    """Half the range of y over the size of its middle, single-ended; inf where the middle is zero."""
    feedthrough: float
    """Output of a differential circuit at the largest V_in1 and v_2 = 0, over k max|x| max|y|; 0 for a single-ended."""
    scale: float
    """dV_out/(V_in1 dy) over the gates, end to end at small bias, in 1/V."""
    product_error: float
    """max|residual| of k x y (one parameter) over the peak-to-peak of the output."""
    shifted_product_error: float
    """The same of k x (y - d): bilinear error of a single-ended circuit."""
    swing: float
    """Peak-to-peak of the output in V."""
    warnings: tuple[str, ...]
    """What a user should know before the run, one sentence each."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {**asdict(self), "encoding": str(self.encoding), "warnings": list(self.warnings)}


def multiplier_prediction(circuit: MultiplierCircuit, first: ArrayLike, gate: ArrayLike) -> MultiplierPrediction:
    """Return what a map of V_in1 (p,) in V by gates (q,) in V will show: both must take 3 values at the least.

    The errors of the product are those of this grid. Raises ModelError.
    """
    source, volts = _checked_range("first", first), _checked_range("gate", gate)
    out, y = circuit.output(source, volts), circuit.multiplicand(volts)
    x, product_y, flat = (np.ravel(one) for one in np.broadcast_arrays(source[:, None], y[None, :], out))
    largest = source[int(np.argmax(np.abs(source)))]
    linear = _without_bias_dependence(circuit)
    ends = linear.output([largest], volts)[0] / largest
    _check_conductance(predict(circuit.junction, circuit.model, volts).conductance, volts)
    middle = np.array([(volts.min() + volts.max()) / 2 if circuit.middle_gate is None else circuit.middle_gate])
    loaded = 1 + circuit.series_resistance * float(predict(circuit.junction, circuit.model, middle).conductance[0])
    scale = float((ends[-1] - ends[0]) / (y[-1] - y[0]))
    found = MultiplierPrediction(
        encoding=circuit.encoding,
        loading_error=1 / loaded**2 - 1,
        output_loading_error=1 / loaded - 1,
        shape_error=_shape_error(volts, ends),
        shape_error_of_junction=_shape_error(volts, _unloaded(linear).output([largest], volts)[0]),
        bias_error=_bias_error(circuit, largest, middle, volts[[0, -1]]),
        largest_bias=float(np.abs(largest - replace(circuit, middle_gate=None).output([largest], volts)).max()),
        pedestal=_pedestal(out[int(np.argmax(np.abs(source)))]),
        modulation=_modulation(y),
        feedthrough=_feedthrough(circuit, largest, middle, scale, y),
        scale=scale,
        product_error=float(share_of_swing(product_residual(x, product_y, flat), flat)),
        shifted_product_error=float(share_of_swing(shifted_residual(x, product_y, flat), flat)),
        swing=float(np.ptp(flat)),
        warnings=(),
    )
    return replace(found, warnings=tuple(_warnings(circuit, found, y)))


def _without_bias_dependence(circuit: MultiplierCircuit) -> MultiplierCircuit:
    return replace(circuit, junction=circuit.junction.changed(bias_half_tmr=np.inf))


def _unloaded(circuit: MultiplierCircuit) -> MultiplierCircuit:
    return replace(circuit, series_resistance=_VANISHING * circuit.junction.resistance_parallel)


def _bias_error(circuit: MultiplierCircuit, largest: float, middle: Floats, ends: Floats) -> float:
    """Of a differential circuit the reference branch, whatever it is, drops out of the change between both ends."""
    alone = circuit.encoding is Encoding.SINGLE_ENDED
    falling, kept = (
        one.output([largest], middle)[0, 0] if alone else np.ptp(one.output([largest], ends))
        for one in (circuit, _without_bias_dependence(circuit))
    )
    return float(falling / kept - 1)


def _feedthrough(circuit: MultiplierCircuit, largest: float, middle: Floats, scale: float, y: Floats) -> float:
    if circuit.encoding is Encoding.SINGLE_ENDED or scale == 0:
        return 0.0
    return float(circuit.output([largest], middle)[0, 0] / abs(scale * largest * np.abs(y).max()))


def _shape_error(gate: Floats, output: Floats) -> float:
    change = np.ptp(output)
    if not change > 0:
        return float("inf")
    line = np.polynomial.Polynomial.fit(gate, output, 1)
    return float(np.abs(output - line(gate)).max() / change)


def _pedestal(output: Floats) -> float:
    half = np.ptp(output) / 2
    return float(abs(output.max() + output.min()) / 2 / half) if half > 0 else float("inf")


def _modulation(y: Floats) -> float:
    middle = abs(y.max() + y.min()) / 2
    return float(np.ptp(y) / 2 / middle) if middle > 1e-12 * np.ptp(y) else float("inf")


def _warnings(circuit: MultiplierCircuit, found: MultiplierPrediction, y: Floats) -> list[str]:
    told = []
    if found.encoding is Encoding.SINGLE_ENDED:
        told.append(
            f"A single-ended multiplier cannot reach zero or negative factors: V_2 runs from {y.min():.4g} V to "
            f"{y.max():.4g} V, a modulation of ±{100 * found.modulation:.2g} % on a pedestal."
        )
    if abs(found.loading_error) > NEGLIGIBLE_LOADING:
        told.append(
            f"R_s = {circuit.series_resistance:g} Ω loads the junction: the scale factor is "
            f"{-100 * found.loading_error:.2g} % below R_s dG/dV_G, and the output of its branch "
            f"{-100 * found.output_loading_error:.2g} % below V_in1 R_s G; calibrated out, "
            f"{100 * found.shape_error:.2g} % of shape error remain, of which the junction itself has "
            f"{100 * found.shape_error_of_junction:.2g} %."
        )
    return told + _warnings_of_bias(circuit, found, y)


def _warnings_of_bias(circuit: MultiplierCircuit, found: MultiplierPrediction, y: Floats) -> list[str]:
    told = []
    if abs(found.bias_error) > NEGLIGIBLE_BIAS_ERROR:
        what = "output" if found.encoding is Encoding.SINGLE_ENDED else "scale factor"
        told.append(
            f"The TMR falls with bias (V_h = {circuit.junction.bias_half_tmr:g} V): at the largest V_in1 the {what} is "
            f"{100 * abs(found.bias_error):.2g} % too {'large' if found.bias_error > 0 else 'small'}; a smaller V_in1 "
            "lowers this as its square."
        )
    if found.largest_bias > SAFE_BIAS:
        told.append(
            f"Up to {found.largest_bias:.3g} V stand across the junction, above the {SAFE_BIAS:g} V that a barrier is "
            "read with by default."
        )
    if np.isinf(circuit.junction.bias_half_tmr):
        told.append("The junction's TMR is believed not to fall with bias (no `bias_half_tmr`): no bias error is seen.")
    elif abs(found.feedthrough) > NEGLIGIBLE_BIAS_ERROR and circuit.reference is Reference.RESISTOR:
        told.append(
            "The reference is a resistor, which keeps its value as the bias grows and the junction does not: where v_2 "
            f"is 0, the largest V_in1 leaves {100 * abs(found.feedthrough):.3g} % of full scale; a second "
            "junction at V_mid would take this off."
        )
    if found.encoding is Encoding.DIFFERENTIAL and not y.min() < 0 < y.max():
        told.append("V_mid lies outside the range of gates, so that v_2 never changes its sign: two quadrants only.")
    return told


def _check_conductance(conductance: Floats, gate: Floats) -> None:
    if not np.ptp(conductance) > _VANISHING * conductance.max():
        raise ModelError(
            f"The conductance must change over the gates, but from {gate[0]:g} V to {gate[-1]:g} V it does not."
        )


def _checked_range(name: str, values: ArrayLike) -> Floats:
    volts = checked_gates(values) if name == "gate" else np.atleast_1d(np.asarray(values, float))
    if volts.ndim != 1 or not np.isfinite(volts).all() or len(np.unique(volts)) < 3:
        raise ModelError(f"`{name}` must take 3 finite values at the least, but is {values!r}.")
    return np.unique(volts)
