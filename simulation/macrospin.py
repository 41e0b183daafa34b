"""The stochastic Landau-Lifshitz-Gilbert kernel: ensembles of macrospins, each with its own junction and noise.

    dm/dt = -gamma0/(1 + alpha^2) [m x B + alpha m x (m x B)],   B = effective field + thermal field + spin torques

in the sense of Stratonovich, by Heun's scheme with the same noise in predictor and corrector (second order in the
step without noise, weakly first with it), renormalised after each step. Fields come multiplied by gamma0 dt/(1 +
alpha^2), and the state is M = alpha m: a step M += (B + M x B) x M has six products less than one of m. What
multiplies M in B (anisotropies, damping-like torques) is divided by alpha.

Trajectories are lanes of blocks of 128: the time loop is outside, the lane loop inside, so that LLVM vectorises it.
Blocks are always full (spare lanes repeat the last trajectory), so a trajectory's numbers do not depend on how many
others there are, on how many threads share them, or on how the time is cut into calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from .forces import TORQUES
from .vector_width import ask_for_wide_vectors

BLOCK = 128
"""Lanes of a block; its state, parameters and noise fit in the first-level cache."""
GROUP = 4
"""Steps whose noise is drawn together: three 64-bit words a lane make its twelve normals."""

ROWS = ("field_x", "field_y", "in_plane", "out_of_plane", "noise", "per_damping", "per_length", *TORQUES)
"""Rows of the kernel's parameters, folded as said above; `per_damping` is 1/alpha, `per_length` 1/(2 alpha)^2."""
PLANAR, CONSTANT = 7, 14
"""Rows that are always there; rows without Slonczewski's torque, whose efficiency depends on the angle."""
SUMS = ("conductance", "conductance_squared", "m_x", "m_y", "m_z", "m_x_m_y", "m_y_squared", "m_z_squared")
"""Rows of the sums over sampled steps."""

(_FIELD_X, _FIELD_Y, _IN_PLANE, _OUT_OF_PLANE, _NOISE, _PER_DAMPING, _PER_LENGTH,
 _FIELD_Z, _XY, _XZ, _YZ, _SPIN_X, _SPIN_Y, _SPIN_Z,
 _P_X, _P_Y, _P_Z, _DAMPING_LIKE, _FIELD_LIKE, _ASYMMETRY) = (row * BLOCK for row in range(len(ROWS)))  # fmt: skip
_X, _Y, _Z = 0, BLOCK, 2 * BLOCK
_HALF_BLOCK, _WORDS, _LANES = BLOCK // 2, 3 * GROUP // 2 * BLOCK, np.uint64(BLOCK)


def _polynomial(function: Any, low: float, high: float, degree: int) -> tuple[np.float32, ...]:
    """Return coefficients, constant first, of a near-minimax polynomial."""
    fit = np.polynomial.Chebyshev.interpolate(function, degree, domain=[low, high])
    return tuple(np.float32(c) for c in fit.convert(kind=np.polynomial.Polynomial).coef)


_L0, _L1, _L2, _L3, _L4, _L5 = _polynomial(lambda m: -2 * np.log(m), 1.0, 2.0, 5)
# sin(2 pi y)/y and cos(2 pi y) as polynomials in y^2, for y within a quarter turn.
_S0, _S1, _S2 = _polynomial(lambda q: np.sin(2 * np.pi * np.sqrt(q + 1e-30)) / np.sqrt(q + 1e-30), 0.0, 0.0625, 2)
_C0, _C1, _C2, _C3 = _polynomial(lambda q: np.cos(2 * np.pi * np.sqrt(np.abs(q))), 0.0, 0.0625, 3)
_TWO_LN2, _BIAS = np.float32(-2 * math.log(2.0)), np.float32(127 + 20)
_HALF, _QUARTER, _ZERO, _TURN_MIDDLE = np.float32(0.5), np.float32(0.25), np.float32(0), np.float32(1.5 - 2.0**-13)


@njit(inline="always")
def _rotate(word, bits):  # type: ignore[no-untyped-def]
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@njit(inline="always")
def _turned(s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Return a random word and the next state of xoshiro256++ (Blackman and Vigna, 2019)."""
    word = _rotate(s0 + s3, 23) + s0
    shifted = s1 << np.uint64(17)
    s2, s3 = s2 ^ s0, s3 ^ s1
    return word, s0 ^ s3, s1 ^ s2, s2 ^ shifted, _rotate(s3, 45)


@njit(inline="always")
def _two_normals(word):  # type: ignore[no-untyped-def]
    """Return two normals of a 32-bit word by Box and Muller in float32: 20 bits of radius (cut at 5.4), 12 of angle."""
    uniform = np.float32(np.float32(np.int32(word >> np.uint32(12))) + _HALF)
    bits = uniform.view(np.int32)  # for the logarithm; numba widens int32 shifts unless each step is pinned
    exponent = np.float32(np.int32(bits >> np.int32(23))) - _BIAS
    m = np.int32(np.int32(bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)).view(np.float32)
    series = _L0 + m * (_L1 + m * (_L2 + m * (_L3 + m * (_L4 + m * _L5))))
    radius = math.sqrt(max(exponent * _TWO_LN2 + series, _ZERO))
    # The angle in turns, from -1/2 to 1/2, through the mantissa of a number between 1 and 2.
    mantissa = np.int32(np.int32(word << np.uint32(11)) & np.int32(0x7FF800))
    turns = np.int32(mantissa | np.int32(0x3F800000)).view(np.float32) - _TURN_MIDDLE
    y = abs(turns) - _QUARTER
    q = y * y
    sine = y * (_S0 + q * (_S1 + q * _S2))
    cosine = _C0 + q * (_C1 + q * (_C2 + q * _C3))
    return -radius * sine, radius * math.copysign(cosine, turns)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _draw(generator, words, normals):  # type: ignore[no-untyped-def]
    """Fill the normals of a block for one group of steps."""
    ask_for_wide_vectors()
    for i in range(BLOCK):
        s0, s1, s2, s3 = generator[i], generator[BLOCK + i], generator[2 * BLOCK + i], generator[3 * BLOCK + i]
        first, s0, s1, s2, s3 = _turned(s0, s1, s2, s3)
        second, s0, s1, s2, s3 = _turned(s0, s1, s2, s3)
        third, s0, s1, s2, s3 = _turned(s0, s1, s2, s3)
        words[i], words[BLOCK + i] = np.uint32(first >> np.uint64(32)), np.uint32(first)
        words[2 * BLOCK + i], words[3 * BLOCK + i] = np.uint32(second >> np.uint64(32)), np.uint32(second)
        words[4 * BLOCK + i], words[5 * BLOCK + i] = np.uint32(third >> np.uint64(32)), np.uint32(third)
        generator[i], generator[BLOCK + i], generator[2 * BLOCK + i], generator[3 * BLOCK + i] = s0, s1, s2, s3
    for j in range(_WORDS):
        normals[j], normals[_WORDS + j] = _two_normals(words[j])


@njit(inline="always")
def _effective_field(rows, i, m_x, m_y, m_z, torques, slonczewski):  # type: ignore[no-untyped-def]
    """Return the field on a lane's M, without the thermal field."""
    # Dipole, applied and stray fields; shape, stress and interface anisotropies along the axes of the ellipse.
    b_x = rows[_FIELD_X + i]
    b_y = rows[_FIELD_Y + i] - rows[_IN_PLANE + i] * m_y
    b_z = -rows[_OUT_OF_PLANE + i] * m_z
    if torques is not None:
        # Anisotropies along other axes.
        xy, xz, yz = rows[_XY + i], rows[_XZ + i], rows[_YZ + i]
        b_x -= xy * m_y + xz * m_z
        b_y -= xy * m_x + yz * m_z
        b_z += rows[_FIELD_Z + i] - xz * m_x - yz * m_y
        # Damping-like spin torques m x D (spin-orbit, and spin transfer of constant efficiency).
        d_x, d_y, d_z = rows[_SPIN_X + i], rows[_SPIN_Y + i], rows[_SPIN_Z + i]
        b_x += m_y * d_z - m_z * d_y
        b_y += m_z * d_x - m_x * d_z
        b_z += m_x * d_y - m_y * d_x
    if slonczewski is not None:
        # Slonczewski's spin transfer (a m x p + b p)/(1 + chi m.p).
        p_x, p_y, p_z = rows[_P_X + i], rows[_P_Y + i], rows[_P_Z + i]
        one = rows.dtype.type(1)
        efficiency = one / (one + rows[_ASYMMETRY + i] * (m_x * p_x + m_y * p_y + m_z * p_z))
        a, b = efficiency * rows[_DAMPING_LIKE + i], efficiency * rows[_FIELD_LIKE + i]
        b_x += a * (m_y * p_z - m_z * p_y) + b * p_x
        b_y += a * (m_z * p_x - m_x * p_z) + b * p_y
        b_z += a * (m_x * p_y - m_y * p_x) + b * p_z
    return b_x, b_y, b_z


@njit(inline="always")
def _turn(v_x, v_y, v_z, m_x, m_y, m_z, b_x, b_y, b_z):  # type: ignore[no-untyped-def]
    """Return V - alpha m x (b + alpha m x b) for M = alpha m, written as V + (b + M x b) x M."""
    w_x = b_x + m_y * b_z - m_z * b_y
    w_y = b_y + m_z * b_x - m_x * b_z
    w_z = b_z + m_x * b_y - m_y * b_x
    return v_x + w_y * m_z - w_z * m_y, v_y + w_z * m_x - w_x * m_z, v_z + w_x * m_y - w_y * m_x


@njit(inline="always")
def _heun(m, rows, rows_after, normals, i, torques, slonczewski):  # type: ignore[no-untyped-def]
    """Advance one lane by one step of Heun's scheme, from the rows at its beginning to those at its end."""
    real = m.dtype.type
    strength = rows[_NOISE + i]
    t_x, t_y, t_z = strength * normals[_X + i], strength * normals[_Y + i], strength * normals[_Z + i]
    m_x, m_y, m_z = m[_X + i], m[_Y + i], m[_Z + i]
    b_x, b_y, b_z = _effective_field(rows, i, m_x, m_y, m_z, torques, slonczewski)
    p_x, p_y, p_z = _turn(m_x, m_y, m_z, m_x, m_y, m_z, b_x + t_x, b_y + t_y, b_z + t_z)
    b_x, b_y, b_z = _effective_field(rows_after, i, p_x, p_y, p_z, torques, slonczewski)
    # Twice the mean of start and end point, whose length is 2 alpha up to the fourth power of the angle turned.
    v_x, v_y, v_z = _turn(m_x + p_x, m_y + p_y, m_z + p_z, p_x, p_y, p_z, b_x + t_x, b_y + t_y, b_z + t_z)
    d = rows[_PER_LENGTH + i] * (v_x * v_x + v_y * v_y + v_z * v_z) - real(1)
    norm = real(0.5) - d * (real(0.25) - d * (real(0.1875) - d * real(0.15625)))
    m[_X + i], m[_Y + i], m[_Z + i] = v_x * norm, v_y * norm, v_z * norm


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _step(m, rows, rows_after, normals, torques, slonczewski, driven):  # type: ignore[no-untyped-def]
    """Advance a block by one step; two half blocks at a time keep the processor busy while one waits for itself."""
    ask_for_wide_vectors()
    end = rows if driven is None else rows_after
    for i in range(_HALF_BLOCK):
        _heun(m, rows, end, normals, i, torques, slonczewski)
        _heun(m, rows, end, normals, _HALF_BLOCK + i, torques, slonczewski)


@njit(inline="always")
def _follow_signals(rows, rest, driven, gains, signals, time):  # type: ignore[no-untyped-def]
    """Set the driven rows to where the signals are at sample `time`: rest + sum of gains times signals."""
    # Slices would cost more than the work, and signed indices a look at whether they count from the end.
    for k in range(len(driven)):
        row, gain, signal = np.uint64(driven[k] * BLOCK), np.uint64(k * BLOCK), signals[k, time]
        if k > 0 and driven[k] == driven[k - 1]:
            for i in range(_LANES):
                rows[row + i] += gains[gain + i] * signal
        else:
            for i in range(_LANES):
                rows[row + i] = rest[row + i] + gains[gain + i] * signal


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(m, scale, resistance, sums):  # type: ignore[no-untyped-def]
    """Add conductance and moments of a block to its sums; `scale` is 1/alpha."""
    ask_for_wide_vectors()
    for i in range(BLOCK):
        to_m = np.float64(scale[i])
        m_x, m_y, m_z = to_m * m[_X + i], to_m * m[_Y + i], to_m * m[_Z + i]
        conductance = 1 / (resistance[i] + resistance[BLOCK + i] * m_x + resistance[2 * BLOCK + i] * m_y)
        sums[i] += conductance
        sums[BLOCK + i] += conductance * conductance
        sums[2 * BLOCK + i] += m_x
        sums[3 * BLOCK + i] += m_y
        sums[4 * BLOCK + i] += m_z
        sums[5 * BLOCK + i] += m_x * m_y
        sums[6 * BLOCK + i] += m_y * m_y
        sums[7 * BLOCK + i] += m_z * m_z


@njit(cache=True, nogil=True, error_model="numpy")
def _look(m, scale, watch, passage, step):  # type: ignore[no-untyped-def]
    """Note the step at which m.n first is at most the level; `watch` is n and the level."""
    for i in range(BLOCK):
        along = m[_X + i] * watch[0] + m[_Y + i] * watch[1] + m[_Z + i] * watch[2]
        if scale[i] * along <= watch[3]:
            passage[i] = min(passage[i], step)


@njit(cache=True, nogil=True, error_model="numpy")
def _load(block, array, start, lanes):  # type: ignore[no-untyped-def]
    """Fill the rows of a block from columns of an array; spare lanes repeat the last trajectory."""
    for row in range(len(array)):
        for i in range(BLOCK):
            block[row * BLOCK + i] = array[row, start + min(i, lanes - 1)]


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(block, array, start, lanes):  # type: ignore[no-untyped-def]
    """Put the rows of a block back into the columns of an array."""
    for row in range(len(array)):
        for i in range(lanes):
            array[row, start + i] = block[row * BLOCK + i]


@njit(cache=True, nogil=True, error_model="numpy")
def evolve(  # type: ignore[no-untyped-def]
    parameters, resistance, state, generators, normals, done, steps, torques, slonczewski, drive, given,
    every, sums, store, path, watch, passage,
):  # fmt: skip
    """Advance all trajectories in place by `steps`, a multiple of 4 unless noise is given; `done` were taken before.

    `parameters` (7, 14 or all ROWS, n) and `state` (3, n), which is M, are both float64 or float32; `resistance`
    (3, n): R = R_0 + R_1 m_x + R_2 m_y in ohm; `generators` (4, n); `normals` (4, 3 BLOCK) is work space, float64 for
    given noise, else float32. `torques` and `slonczewski` are None without their rows. `drive` is None or (row of each
    gain, in order; gains (k, n); signals (k, steps + 1)). `given` is None or normals (steps, 3, n) in place of the
    generators'. Every `every`-th step is added to `sums` (SUMS, n) and looked at for `passage` (1, n), which keeps the
    least step; M at every `store`-th goes into `path` (samples, 3, n). 0 is never.
    """
    ask_for_wide_vectors()
    n, real = state.shape[1], state.dtype
    m, rest = np.empty(3 * BLOCK, real), np.empty(len(ROWS) * BLOCK, real)
    scale = rest[_PER_DAMPING : _PER_DAMPING + BLOCK]
    rows, rows_after = (rest, rest) if drive is None else (np.empty_like(rest), np.empty_like(rest))
    generator, words = np.empty(4 * BLOCK, np.uint64), np.empty(_WORDS, np.uint32)
    resistances, block_sums, passed = np.empty(3 * BLOCK), np.empty(len(SUMS) * BLOCK), np.empty(BLOCK)
    if drive is not None:
        driven, gains, signals = drive
        block_gains = np.empty(len(driven) * BLOCK, real)
    for start in range(0, n, BLOCK):
        lanes = min(BLOCK, n - start)
        _load(m, state, start, lanes)
        _load(rest, parameters, start, lanes)
        _load(resistances, resistance, start, lanes)
        _load(generator, generators, start, lanes)
        _load(passed, passage, start, lanes)
        _load(block_sums, sums, start, lanes)
        if drive is not None:
            _load(block_gains, gains, start, lanes)
            rows[:] = rest
            rows_after[:] = rest
            _follow_signals(rows, rest, driven, block_gains, signals, 0)
        until_sample = every - done % every if every > 0 else -1
        until_stored = store - done % store if store > 0 else -1
        sample = 0
        for step in range(steps):
            phase = step % GROUP
            if given is not None:
                _load(normals[phase], given[step], start, lanes)
            elif phase == 0:
                _draw(generator, words, normals.reshape(-1))
            if drive is None:
                _step(m, rest, rest, normals[phase], torques, slonczewski, None)
            elif step % 2 == 0:
                _follow_signals(rows_after, rest, driven, block_gains, signals, step + 1)
                _step(m, rows, rows_after, normals[phase], torques, slonczewski, True)
            else:
                _follow_signals(rows, rest, driven, block_gains, signals, step + 1)
                _step(m, rows_after, rows, normals[phase], torques, slonczewski, True)
            until_sample -= 1
            until_stored -= 1
            if until_sample == 0:
                until_sample = every
                _sample(m, scale, resistances, block_sums)
                if len(watch) > 0:
                    _look(m, scale, watch, passed, done + step + 1)
            if until_stored == 0:
                until_stored = store
                _keep(m, path[sample], start, lanes)
                sample += 1
        _keep(m, state, start, lanes)
        _keep(generator, generators, start, lanes)
        _keep(passed, passage, start, lanes)
        _keep(block_sums, sums, start, lanes)
