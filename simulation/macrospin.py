"""The stochastic Landau-Lifshitz-Gilbert kernels: ensembles of macrospins, each with its own junction and noise.

    dm/dt = -gamma0/(1 + alpha^2) [m x B + alpha m x (m x B)],   B = -de/dm + thermal field

in the sense of Stratonovich, by Heun's scheme with the same noise in predictor and corrector (second order in the
step without noise), renormalised after each step. The state is float64, the noise float32.

Trajectories are lanes of blocks of 64: the time loop is outside, the lane loop inside, so that LLVM vectorises it.
A block's data lie in one array at constant offsets, which spares LLVM its alias checks. Blocks are always full
(spare lanes stand still), so a trajectory's numbers do not depend on how many others there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BLOCK = 64
"""Lanes of a block; a block's state, parameters and noise fit in the first-level cache."""

ROWS = ("field_x", "field_y", "in_plane", "out_of_plane", "damping", "noise", "in_plane_step", "out_of_plane_step",
        "resistance", "resistance_x", "resistance_y")  # fmt: skip
"""Rows of the kernels' parameters, all but the last three and `damping` times gamma0 dt/(1 + alpha^2): fields in
A/m, root mean square of the thermal field, growth of the anisotropies per step; R = resistance + resistance_x m_x
+ resistance_y m_y in ohm."""
SUMS = ("conductance", "conductance_squared", "m_x", "m_y_squared", "m_z_squared")
"""Rows of the sums over sampled steps."""

_PARAMETERS = len(ROWS)
_STATE = _PARAMETERS * BLOCK
_SUMS = _STATE + 3 * BLOCK
_WORK = _SUMS + len(SUMS) * BLOCK


def _polynomial(function: Any, low: float, high: float, degree: int) -> tuple[np.float32, ...]:
    """Return coefficients, constant first, of a near-minimax polynomial."""
    fit = np.polynomial.Chebyshev.interpolate(function, degree, domain=[low, high])
    return tuple(np.float32(c) for c in fit.convert(kind=np.polynomial.Polynomial).coef)


_L0, _L1, _L2, _L3, _L4, _L5, _L6, _L7 = _polynomial(lambda m: -2 * np.log(m), 1.0, 2.0, 7)
# sin(2 pi y)/y and cos(2 pi y) as polynomials in y^2, for y within a quarter turn.
_S0, _S1, _S2, _S3 = _polynomial(lambda q: np.sin(2 * np.pi * np.sqrt(q + 1e-30)) / np.sqrt(q + 1e-30), 0.0, 0.0625, 3)
_C0, _C1, _C2, _C3, _C4 = _polynomial(lambda q: np.cos(2 * np.pi * np.sqrt(np.abs(q))), 0.0, 0.0625, 4)
_TWO_LN2 = np.float32(-2 * math.log(2.0))
_HALF = np.float32(0.5)
_QUARTER = np.float32(0.25)
_ZERO = np.float32(0.0)
_TO_TURNS = np.float32(2.0**-32)
_MANTISSA = np.int32(0x7FFFFF)
_ONE_BITS = np.int32(0x3F800000)
_BIAS = np.int32(127 + 32)
_SHIFT = np.int32(23)


@njit(inline="always")
def _rotate(word, bits):  # type: ignore[no-untyped-def]
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(generator, normals):  # type: ignore[no-untyped-def]
    """Fill six rows of normals: xoshiro256++ per lane, one 64-bit word a pair by Box and Muller in float32.

    32 bits set the radius (cut at 6.7 sigma), 32 the angle.
    """
    for pair in range(3):
        first = 2 * pair * BLOCK
        for i in range(BLOCK):
            s0, s1 = generator[i], generator[BLOCK + i]
            s2, s3 = generator[2 * BLOCK + i], generator[3 * BLOCK + i]
            word = _rotate(s0 + s3, 23) + s0
            shifted = s1 << np.uint64(17)
            s2 ^= s0
            s3 ^= s1
            s1 ^= s2
            s0 ^= s3
            generator[i], generator[BLOCK + i] = s0, s1
            generator[2 * BLOCK + i] = s2 ^ shifted
            generator[3 * BLOCK + i] = _rotate(s3, 45)
            uniform = np.float32(np.float32(np.uint32(word >> np.uint64(32))) + _HALF)
            # The logarithm from the bits: numba widens int32 shifts unless each step is pinned.
            bits = uniform.view(np.int32)
            exponent = np.float32(np.int32(np.int32(bits >> _SHIFT) - _BIAS))
            m = np.int32(np.int32(bits & _MANTISSA) | _ONE_BITS).view(np.float32)
            series = _L0 + m * (_L1 + m * (_L2 + m * (_L3 + m * (_L4 + m * (_L5 + m * (_L6 + m * _L7))))))
            radius = math.sqrt(max(exponent * _TWO_LN2 + series, _ZERO))
            turns = np.float32(np.int32(word & np.uint64(0xFFFFFFFF))) * _TO_TURNS
            y = abs(turns) - _QUARTER
            q = y * y
            sine = y * (_S0 + q * (_S1 + q * (_S2 + q * _S3)))
            cosine = _C0 + q * (_C1 + q * (_C2 + q * (_C3 + q * _C4)))
            normals[first + i] = -radius * sine
            normals[first + BLOCK + i] = radius * math.copysign(cosine, turns)


@njit(inline="always")
def _torque(m_x, m_y, m_z, b_x, b_y, b_z, alpha):  # type: ignore[no-untyped-def]
    """Return -(m x b) - alpha m x (m x b), written as (b + alpha m x b) x m."""
    w_x = b_x + alpha * (m_y * b_z - m_z * b_y)
    w_y = b_y + alpha * (m_z * b_x - m_x * b_z)
    w_z = b_z + alpha * (m_x * b_y - m_y * b_x)
    return w_y * m_z - w_z * m_y, w_z * m_x - w_x * m_z, w_x * m_y - w_y * m_x


@njit(inline="always")
def _heun(m_x, m_y, m_z, b_x, b_y, b_z, a, b, a_next, b_next, alpha):  # type: ignore[no-untyped-def]
    """Return m one step later; (b_x, b_y, b_z) is the field that does not depend on m, noise included."""
    k_x, k_y, k_z = _torque(m_x, m_y, m_z, b_x, b_y - a * m_y, b_z - b * m_z, alpha)
    p_x, p_y, p_z = m_x + k_x, m_y + k_y, m_z + k_z
    l_x, l_y, l_z = _torque(p_x, p_y, p_z, b_x, b_y - a_next * p_y, b_z - b_next * p_z, alpha)
    v_x, v_y, v_z = m_x + 0.5 * (k_x + l_x), m_y + 0.5 * (k_y + l_y), m_z + 0.5 * (k_z + l_z)
    norm = 1.0 / math.sqrt(v_x * v_x + v_y * v_y + v_z * v_z)
    return v_x * norm, v_y * norm, v_z * norm


@njit(cache=True, nogil=True, error_model="numpy")
def _step_block(work, normals, first):  # type: ignore[no-untyped-def]
    """Advance a block by one step with the normals that begin at `first`."""
    for i in range(BLOCK):
        noise = work[5 * BLOCK + i]
        a, b = work[2 * BLOCK + i], work[3 * BLOCK + i]
        a_next, b_next = a + work[6 * BLOCK + i], b + work[7 * BLOCK + i]
        m_x, m_y, m_z = _heun(
            work[_STATE + i],
            work[_STATE + BLOCK + i],
            work[_STATE + 2 * BLOCK + i],
            work[i] + noise * normals[first + i],
            work[BLOCK + i] + noise * normals[first + BLOCK + i],
            noise * normals[first + 2 * BLOCK + i],
            a,
            b,
            a_next,
            b_next,
            work[4 * BLOCK + i],
        )
        work[2 * BLOCK + i], work[3 * BLOCK + i] = a_next, b_next
        work[_STATE + i], work[_STATE + BLOCK + i], work[_STATE + 2 * BLOCK + i] = m_x, m_y, m_z


@njit(cache=True, nogil=True, error_model="numpy")
def _sample_block(work):  # type: ignore[no-untyped-def]
    """Add conductance and moments of a block to its sums."""
    for i in range(BLOCK):
        m_x, m_y, m_z = work[_STATE + i], work[_STATE + BLOCK + i], work[_STATE + 2 * BLOCK + i]
        resistance = work[8 * BLOCK + i] + work[9 * BLOCK + i] * m_x + work[10 * BLOCK + i] * m_y
        conductance = 1.0 / resistance
        work[_SUMS + i] += conductance
        work[_SUMS + BLOCK + i] += conductance * conductance
        work[_SUMS + 2 * BLOCK + i] += m_x
        work[_SUMS + 3 * BLOCK + i] += m_y * m_y
        work[_SUMS + 4 * BLOCK + i] += m_z * m_z


@njit(cache=True, nogil=True, error_model="numpy")
def evolve(parameters, state, generators, sums, steps, every):  # type: ignore[no-untyped-def]
    """Advance all trajectories by an even number of `steps`, in place, and add every `every`-th step to `sums`.

    `parameters` (ROWS, n), `state` (3, n), `generators` (4, n) and `sums` (SUMS, n) are C-ordered; `every` = 0
    samples nothing. The anisotropies in `parameters` grow where their steps are not zero (a ramp of the gate).
    """
    n = state.shape[1]
    work = np.empty(_WORK)
    generator = np.empty(4 * BLOCK, dtype=np.uint64)
    normals = np.empty(6 * BLOCK, dtype=np.float32)
    for start in range(0, n, BLOCK):
        lanes = min(BLOCK, n - start)
        for i in range(BLOCK):
            # Spare lanes repeat the last trajectory; nothing of them is kept.
            lane = start + min(i, lanes - 1)
            for row in range(_PARAMETERS):
                work[row * BLOCK + i] = parameters[row, lane]
            for row in range(3):
                work[_STATE + row * BLOCK + i] = state[row, lane]
            for row in range(5):
                work[_SUMS + row * BLOCK + i] = 0.0
            for row in range(4):
                generator[row * BLOCK + i] = generators[row, lane]
        for step in range(0, steps, 2):
            _draw(generator, normals)
            _step_block(work, normals, 0)
            if every > 0 and (step + 1) % every == 0:
                _sample_block(work)
            _step_block(work, normals, 3 * BLOCK)
            if every > 0 and (step + 2) % every == 0:
                _sample_block(work)
        for i in range(lanes):
            for row in range(2, 4):
                parameters[row, start + i] = work[row * BLOCK + i]
            for row in range(3):
                state[row, start + i] = work[_STATE + row * BLOCK + i]
            for row in range(5):
                sums[row, start + i] += work[_SUMS + row * BLOCK + i]
            for row in range(4):
                generators[row, start + i] = generator[row * BLOCK + i]


@njit(cache=True, nogil=True, error_model="numpy")
def evolve_given(parameters, state, noise, path):  # type: ignore[no-untyped-def]
    """Advance all trajectories with given normals `noise` (steps, 3, n); fill `path` (steps, 3, n) with m.

    The same scheme as `evolve`, for comparing implementations step by step.
    """
    for step in range(noise.shape[0]):
        for i in range(state.shape[1]):
            strength = parameters[5, i]
            a, b = parameters[2, i], parameters[3, i]
            a_next, b_next = a + parameters[6, i], b + parameters[7, i]
            m_x, m_y, m_z = _heun(
                state[0, i],
                state[1, i],
                state[2, i],
                parameters[0, i] + strength * noise[step, 0, i],
                parameters[1, i] + strength * noise[step, 1, i],
                strength * noise[step, 2, i],
                a,
                b,
                a_next,
                b_next,
                parameters[4, i],
            )
            parameters[2, i], parameters[3, i] = a_next, b_next
            state[0, i], state[1, i], state[2, i] = m_x, m_y, m_z
            path[step, 0, i], path[step, 1, i], path[step, 2, i] = m_x, m_y, m_z


@njit(cache=True, nogil=True)
def normals_of(generators, out):  # type: ignore[no-untyped-def]
    """Fill `out` (6 draws, BLOCK) from one block of generators (4, BLOCK): the kernel's noise, for tests of it."""
    _draw(generators.reshape(-1), out.reshape(-1))


def random_words(seed: int | Sequence[int], trajectories: NDArray[np.uint64], words: int) -> NDArray[np.uint64]:
    """Return random words (words, n) that depend on the seed and on each trajectory's number only.

    splitmix64 of a counter, which is a bijection: no two trajectories of a seed share a word.
    """
    start = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    rank = np.arange(words, dtype=np.uint64)[:, None]
    with np.errstate(over="ignore"):
        z = start + (trajectories * np.uint64(words) + rank + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed
