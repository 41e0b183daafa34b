import math
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.errors import QuantityError
from smtjlab.instruments.quantity import format_quantity, parse_quantity

UNITS = st.sampled_from(["V", "A", "s", "V/s", "A/m", "S", "T", "rad", "K", ""])


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("400mV", "V", 0.4),
        ("400 mV", "V", 0.4),
        (0.4, "V", 0.4),
        ("0.4", "V", 0.4),
        ("-3e-1 V", "V", -0.3),
        ("200 uA", "A", 0.0002),
        ("200 µA", "A", 0.0002),
        ("0.5 V/s", "V/s", 0.5),
        ("500 mV/ms", "V/s", 500.0),
        ("90 deg", "rad", 1.5707963267948966),
        ("2 min", "s", 120.0),
        ("3 %", "", 0.03),
        (3, "", 3.0),
    ],
)
def test_a_quantity_is_read_in_the_declared_unit(written, unit, value):
    assert parse_quantity(written, unit) == value


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("4 kg", "must be of the kind of V, but is '4 kg'"),
        ("4 voltages", "must be known, such as '0.4 V', but is '4 voltages'"),
        ("volts", "must begin with a number"),
        ("", "must begin with a number"),
        ("nan", "must begin with a number"),
        (float("nan"), "must be finite, but is nan"),
        (float("inf"), "must be finite"),
        (True, "must be a number or text"),
        (None, "must be a number or text"),
        ("5 V**99999999", "must be known"),
        ("1e999", "must be finite"),
    ],
)
def test_what_is_no_voltage_is_refused_in_words(written, sentence):
    with pytest.raises(QuantityError, match=sentence.replace("*", r"\*")):
        parse_quantity(written, "V")


@given(st.floats(min_value=-1e9, max_value=1e9), UNITS)
def test_a_formatted_quantity_reads_back_to_six_digits(value, unit):
    assert parse_quantity(format_quantity(value, unit), unit) == pytest.approx(value, rel=5e-6, abs=1e-30)


@given(st.text(max_size=40), UNITS)
def test_any_text_is_read_or_refused(text, unit):
    with suppress(QuantityError):
        assert math.isfinite(parse_quantity(text, unit))


@given(st.integers(-999, 999), st.sampled_from([("p", -12), ("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6)]))
def test_a_prefix_is_exact(number, prefix):
    assert parse_quantity(f"{number} {prefix[0]}V", "V") == float(f"{number}e{prefix[1]}")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4, "V", "400 mV"),
        (1e-7, "A", "100 nA"),
        (999.99999, "V", "1 kV"),
        (1000, "s", "1000 s"),
        (0, "V", "0 V"),
        (5, "", "5"),
    ],
)
def test_a_quantity_is_written_for_a_reader(value, unit, text):
    assert format_quantity(value, unit) == text


def test_declared_units_need_no_pint():
    code = (
        "import sys; from smtjlab.instruments.bench import Bench; Bench.load('virtual');"
        "sys.exit(any(name in sys.modules for name in ('pint', 'pymeasure', 'pyvisa', 'numba', 'pandas', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FIRST_ASKED_BY_THREADS = """
import threading
from smtjlab.instruments.quantity import parse_quantity
told = []
threads = [threading.Thread(target=lambda: told.append(parse_quantity("8 %", ""))) for _ in range(4)]
for one in threads: one.start()
for one in threads: one.join()
print(told)
"""
"""In an interpreter of its own: units are read once in each."""


def test_threads_that_ask_for_a_unit_at_once_are_all_answered():
    done = subprocess.run([sys.executable, "-c", FIRST_ASKED_BY_THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0.08, 0.08, 0.08, 0.08]"
