"""Our bench as a QCoDeS station: QCoDeS's own drivers and data set, on instruments that answer like the real ones."""

import sys
import tempfile
from pathlib import Path

import qcodes
from qcodes.dataset import LinSweep, dond, initialise_or_create_database_at, load_or_create_experiment
from qcodes.instrument_drivers.Keithley import Keithley2450

from smtjlab.instruments.open_bench import open_bench

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
initialise_or_create_database_at(folder / "station.db")
station = qcodes.Station()


def add(name, address, limits):
    """Add a 2450 that sources voltage and measures current, at 0 V, within the compliance and the slew of the site."""
    smu = Keithley2450(name, address, visalib="@py", timeout=30)
    for part in smu.submodules.values():  # a snapshot would ask for both before anybody has set them up
        for unset in {"user_delay", "sweep_axis"} & part.parameters.keys():
            part.parameters[unset].snapshot_exclude = True
    smu.source_function("voltage")
    smu.sense_function("current")
    smu.source.range(2)
    smu.source.voltage(0)
    smu.source.limit(limits.current)
    if limits.slew is not None:
        smu.source.voltage.step, smu.source.voltage.inter_delay = 0.02, 0.02 / limits.slew
    return station.add_component(smu)


with open_bench("virtual") as bench:  # serves the virtual bench; with metal, take the addresses of your own station
    for name in ("gate", "junction"):
        add(name, bench.sessions[name].address, bench.bench.limits[name])
    station.junction.sense.four_wire_measurement(True)
    station.junction.source.voltage(0.1)  # V across the junction

    experiment = load_or_create_experiment("transfer curve", sample_name="virtual junction")
    with station.gate.output_enabled.set_to(True), station.junction.output_enabled.set_to(True):
        sweep = LinSweep(station.gate.source.voltage, 0.0, 0.4, 5, delay=0)
        data, _, _ = dond(sweep, station.junction.sense.current, exp=experiment, show_progress=False)
        station.gate.source.voltage(0)
    station.close_all_registered_instruments()

print((data.to_pandas_dataframe() / 0.1).rename(columns=lambda _: "conductance in S"))
print(f"kept as run {data.captured_run_id} in {data.path_to_db}")
