"""Drivers of probers that nobody here wrote, unmodified, on the twins."""

from __future__ import annotations

import socket

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.private_bench import InProcessBench
from smtjlab.instruments.virtual.formfactor_velox import FormfactorVelox
from smtjlab.instruments.virtual.mpi_sentio import MpiSentio
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.instruments.wafer import Site


@pytest.fixture
def world():
    with VirtualBench(Bench.load(PACKAGED / "virtual.toml")) as bench:
        yield bench.world


# MPI SENTIO, with the maker's own package


@pytest.fixture
def sentio(world):
    return MpiSentio("needles", world, 1, 7)


@pytest.fixture
def package():
    return pytest.importorskip("sentio_prober_control.Sentio.ProberSentio")


@pytest.fixture
def words():
    return pytest.importorskip("sentio_prober_control.Sentio.Enumerations")


@pytest.fixture
def maker(package, sentio, served):
    prober = package.SentioProber.create_prober("tcpip", f"127.0.0.1:{served(sentio).port}")
    yield prober
    prober.comm._CommunicatorTcpIp__reader.close()
    prober.comm.disconnect()


def test_sentio_package_finds_version_24(maker):
    found = pytest.importorskip("sentio_prober_control.Sentio.Compatibility")
    assert found.Compatibility.level == found.CompatibilityLevel.Sentio_24_0
    assert maker.status.get_machine_status() == (True, False, False)
    assert maker.send_cmd("*IDN?").message().startswith("MPI Corporation,SENTIO,SMTJ")


def test_sentio_package_walks_the_route_and_makes_contact(maker, sentio):
    assert maker.map.step_first_die() == (0, 4, 0)
    steps = 1
    while not maker.map.end_of_route():
        maker.map.step_next_die()
        steps += 1
    assert steps == 49
    assert maker.move_chuck_contact() == 16040
    assert sentio.station.chuck.made
    assert maker.move_chuck_separation() == 15750


def test_sentio_package_hears_of_the_end_of_the_route(maker, package):
    maker.map.step_die(0, -4, 0)
    with pytest.raises(package.ProberException, match="End of route") as caught:
        maker.map.step_next_die()
    assert caught.value.error() == 11


def test_sentio_package_moves_the_chuck(maker, package, words):
    assert maker.move_chuck_xy(words.XyReference.Home, 1000, -500) == (161000, 159500)
    assert maker.get_chuck_xy(words.ChuckSite.Wafer, words.XyReference.Home) == (1000, -500)
    assert maker.get_chuck_xy_pos() == (161000, 159500)
    assert maker.move_chuck_home() == (160000, 160000)
    assert maker.move_chuck_z(words.ZReference.Separation, 10) == 15760
    assert maker.get_chuck_z(words.ZReference.Zero) == 15760
    assert maker.move_chuck_theta(words.ThetaReference.Current, 0.5) == 0.5
    assert maker.get_chuck_theta(words.ChuckSite.Wafer) == 0.5
    assert maker.move_chuck_hover() == 15950
    assert maker.move_chuck_index("Zero", 1, 2) == (10000, 20000)
    assert maker.move_chuck_site(words.ChuckSite.Wafer)[:2] == (160000, 160000)
    maker.move_chuck_load(words.LoadPosition.Front)
    assert maker.has_chuck_xyz()
    assert not maker.has_scope_z()


def test_sentio_package_sets_heights_and_modes(maker, words):
    wafer = words.ChuckSite.Wafer
    assert maker.set_chuck_site_height(wafer, 15990, 300, 20, 60) == (wafer, 15990, 300, 20, 60)
    assert maker.get_chuck_site_height(wafer) == (15990, 300, 20, 60)
    assert maker.get_chuck_site_status(wafer) == (True, True, True, True)
    maker.enable_chuck_overtravel(False)
    maker.set_stepping_contact_mode(words.SteppingContactMode.LockContact)
    maker.set_chuck_separation_gap(250)
    maker.set_vacuum(wafer, True)
    assert maker.get_vacuum_status() == words.VacuumState.On
    maker.clear_contact()
    with pytest.raises(Exception, match="Contact height is not set"):
        maker.move_chuck_contact()


def test_sentio_package_lays_out_a_map(maker, words):
    wafer = maker.map
    wafer.create(100)
    wafer.set_grid_params(20000, 10000, 0, 0, 3000)
    assert wafer.get_grid_params() == (20000, 10000, 0, 0, 3000)
    assert wafer.get_index_size() == (20000, 10000)
    assert wafer.get_diameter() == 100
    wafer.set_axis_orient(words.AxisOrient.DownRight)
    assert wafer.get_axis_orient() == words.AxisOrient.DownRight
    wafer.path.set_routing(words.RoutingStartPoint.LowerLeft, words.RoutingPriority.ColUniDir)
    assert wafer.get_routing() == (words.RoutingStartPoint.LowerLeft, words.RoutingPriority.ColUniDir)
    wafer.path.select_dies(words.TestSelection.Nothing)
    wafer.die.select(0, 0)
    wafer.die.select(1, 0)
    assert wafer.get_num_dies(words.DieNumber.Selected) == 2
    assert wafer.step_first_die() == (0, 0, 0)
    assert wafer.path.get_die(1) == (1, 0)
    assert wafer.die.get_current_index() == (0, 0, 0)


def test_sentio_package_uses_sub_sites_and_bins(maker):
    sites = maker.map.subsites
    assert sites.add("edge", 500, 200) == 1
    assert sites.get(1) == ("edge", 500, 200)
    assert sites.get_num() == 2
    assert maker.map.step_die(1, 1, 1) == (1, 1, 1)
    maker.map.bins.set_bin(4)
    assert maker.map.bins.get_bin(1, 1, 1) == 4
    assert maker.map.bin_step_next_die(5)[2] == 1
    sites.reset()


def test_sentio_package_waits_for_what_goes_on_by_itself(maker):
    answer = maker.start_initialization()
    assert maker.query_command_status(answer.cmd_id()).errc() == 30
    assert maker.wait_complete(answer, 180).ok()
    assert maker.abort_command(answer.cmd_id()).ok()


def test_sentio_package_changes_the_wafer(maker, package, words):
    maker.loader.unload_wafer()
    assert maker.loader.query_wafer_status(words.LoaderStation.Chuck, 1) is None
    assert maker.loader.load_wafer(words.LoaderStation.Cassette1, 2) == ""
    with pytest.raises(package.ProberException, match="Home position is not set"):
        maker.map.step_first_die()
    assert maker.loader.has_cassette(words.LoaderStation.Cassette1) == (True, 25)


def test_sentio_package_hears_that_there_is_no_scope(maker, package):
    with pytest.raises(package.ProberException, match="no such hardware") as caught:
        maker.get_scope_xy()
    assert caught.value.error() == 13


# FormFactor Velox, with PyMeasure's driver


@pytest.fixture
def velox(world):
    return FormfactorVelox("needles", world, 1, 8)


@pytest.fixture
def pymeasure(velox, served):
    from pymeasure.instruments.formfactor import Velox

    driver = Velox(served(velox).address, visa_library="@py", read_termination="\n", write_termination="\n")
    yield driver
    driver.adapter.close()


def test_pymeasure_knows_the_velox(pymeasure):
    assert pymeasure.id == "FormFactor,Velox,SMTJ0008,3.2.1"
    assert pymeasure.version == "3.2.1"
    assert pymeasure.wafermap.enabled


def test_pymeasure_walks_the_wafer_and_makes_contact(pymeasure, velox):
    assert pymeasure.wafermap.step_first_die() == [0, 4, 0, 0]
    for _ in range(48):
        pymeasure.chuck.move_contact()
        assert velox.station.chuck.made
        pymeasure.chuck.move_separation()
        assert len(pymeasure.wafermap.step_next_die()) == 4
    assert not pymeasure.wafermap.end_reached
    pymeasure.wafermap.step_next_die()
    assert pymeasure.wafermap.end_reached


def test_pymeasure_moves_the_chuck(pymeasure, velox):
    pymeasure.chuck.move_align(50)
    pymeasure.chuck.move(1000, -500, "home", "microns", 100)
    assert velox.station.at_home == pytest.approx((1e-3, -0.5e-3))
    pymeasure.chuck.move_index(1, 0, "relative")
    pymeasure.chuck.index = (8000, 9000)
    assert pymeasure.chuck.index == [8000, 9000]


def test_pymeasure_drops_sub_die_0_and_does_no_harm(pymeasure, velox):
    pymeasure.ask("SetSubDieData 1 500 0 edge")
    pymeasure.wafermap.step_to_die(1, 1, 1)
    pymeasure.wafermap.step_to_die(1, 1, 0)
    assert velox.site == 0


def test_pymeasure_hears_of_errors(pymeasure):
    with pytest.raises(ConnectionError, match="701: There is no die 40 0"):
        pymeasure.wafermap.step_to_die(40, 0)


def test_the_message_server_of_the_maker_answers_on_one_line(velox, served):
    """The words that the maker's Python interface sends, over a bare socket."""
    with socket.create_connection(("127.0.0.1", served(velox).port)) as client, client.makefile("rw") as stream:
        for sent, answer in (
            ("FCN=1:RegisterProberApp:a.py a.py 0", "FCN=1:0:"),
            ("Cmd=2:MoveChuckContact:", "Rsp=2:0:"),
            ("Cmd=3:StepNextDie:1 2 0", "Rsp=3:0:1 2 0 0"),
        ):
            stream.write(sent + "\n")
            stream.flush()
            assert stream.readline() == answer + "\n"


# On the wafer station, where another device lies under the needles at every site

SITES = [Site(0, 0, "a1"), Site(0, 0, "d5"), Site(4, -3, "a1")]
PROBERS = {"velox": "formfactor_velox:FormfactorVelox", "sentio": "mpi_sentio:MpiSentio"}


@pytest.fixture
def station(tmp_path):
    """Return a function that makes the packaged wafer station with a prober of that name."""
    benches = []

    def make(prober):
        text = (PACKAGED / "wafer.toml").read_text(encoding="utf-8").replace(PROBERS["sentio"], PROBERS[prober])
        path = tmp_path / "bench.toml"
        path.write_text(text.replace("wafers/", f"{(PACKAGED / 'wafers').as_posix()}/"), encoding="utf-8")
        benches.append(InProcessBench(Bench.load(f"{path}@smtj")))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


def ohms(bench):
    """Return what the junction's source meter reads at 0.1 V over two wires, in ohm."""
    smu = bench.resource("junction")
    for message in (":SOUR:FUNC VOLT", ":SOUR:VOLT 0.1", ":SENS:FUNC 'CURR'", ":SENS:CURR:RANG:AUTO 1", ":OUTP 1"):
        smu.write(message)
    amperes = float(smu.query(":READ?"))
    smu.write(":OUTP 0")
    return 0.1 / max(amperes, 1e-12)


def compared(bench, go, touch, lift):
    """Visit sites as another program does, and compare what is read there with the hidden devices of the wafer."""
    truth = bench.virtual.truth.wafer
    for site in SITES:
        x, y = truth.wafer.place(site)
        go(1e6 * x, 1e6 * y)
        assert ohms(bench) > 1e6, "needles are up"
        touch()
        # Leads and contacts have 3 ohm, the source is 0.3 % from what it says: together below a percent.
        assert ohms(bench) == pytest.approx(truth.at(site).junction.resistance_antiparallel, rel=0.01)
        lift()
        assert ohms(bench) > 1e6
    chuck = bench.virtual.world.surroundings.chucks["prober.chuck"]
    assert chuck.touchdowns == len(SITES)
    assert dict(chuck.pads) == dict.fromkeys(SITES, 1)


def test_pymeasure_probes_a_wafer_with_the_velox(station, served):
    from pymeasure.instruments.formfactor import Velox

    bench = station("velox")
    address = served(bench.virtual.instruments["prober"]).address
    driver = Velox(address, visa_library="@py", read_termination="\n", write_termination="\n")
    try:
        compared(
            bench,
            lambda x, y: driver.chuck.move(x, y, "home", "microns"),
            driver.chuck.move_contact,
            driver.chuck.move_separation,
        )
    finally:
        driver.adapter.close()


def test_a_bare_socket_probes_a_wafer_with_sentio(station, served):
    bench = station("sentio")
    port = served(bench.virtual.instruments["prober"]).port
    with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rw") as stream:

        def say(line):
            stream.write(f"{line}\n")
            stream.flush()
            assert stream.readline().startswith("0,0,")

        compared(
            bench,
            lambda x, y: say(f"move_chuck_xy Home, {x}, {y}"),
            lambda: say("move_chuck_contact"),
            lambda: say("move_chuck_separation"),
        )
