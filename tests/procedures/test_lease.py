import subprocess
import sys

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.procedures.lease import BenchTaken, lease_names, leases

HOLD = """
import sys
from smtjlab.procedures.lease import leases
with leases([sys.argv[1]], "run of somebody else"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds a lease."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, stdout=-1)
    with holder:
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


def test_an_instrument_is_driven_by_one_engine_at_a_time(other, tmp_path):
    with pytest.raises(BenchTaken, match="held by run of somebody else"), leases([str(tmp_path)], "us", patience=0.1):
        pass


def test_a_dead_holder_holds_nothing(other, tmp_path):
    other.kill()
    other.wait()
    with leases([str(tmp_path)], "us", patience=0) as descriptors:
        assert len(descriptors) == 1


def test_a_guardian_that_inherits_a_lease_keeps_it(tmp_path):
    with leases([str(tmp_path)], "us", patience=0) as descriptors:
        heir = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, pass_fds=descriptors)
    with heir:
        with pytest.raises(BenchTaken, match="its guardian"), leases([str(tmp_path)], "next", patience=0):
            pass
        heir.communicate(b"\n")
    with leases([str(tmp_path)], "next", patience=0):
        pass


def test_a_bench_of_metal_is_leased_by_address_and_a_virtual_one_by_station(tmp_path):
    assert lease_names(Bench.load("virtual"), tmp_path) == [str(tmp_path.resolve())]
    assert lease_names(Bench.load("virtual@smtj"), tmp_path) == []
