"""`smtjlab study`: what the model says of a junction beyond one curve, each with a page, a figure and a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json, gate_voltages
from .page import print_facts, print_json, print_table

if TYPE_CHECKING:
    from smtjlab.reports.study import Study

study = typer.Typer(
    help="Study stability, switching, energy, linear range or learning by the model.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DEFAULT_JUNCTION = "fig5"
"""The junction of the paper, without the uncertainty of a die: a study asks what the model says of one junction."""
JunctionName = Annotated[
    str, typer.Option("--junction", metavar="FILE|fig5|cofeb", help="The junction that is studied.")
]
Folder = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the page, the table and the figures; made if need be.")
]
DEFAULT_FOLDER = Path("studies")
NAMES = "stt|sot|vcma|strain|gates"
Replicas = Annotated[int, typer.Option(min=1, help="Soft layers that are pulsed at each point.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the noise.")]
Field = Annotated[
    str,
    typer.Option("--field", metavar="FIELD", help="Field along the easy axis, such as '20 Oe', '2 mT', '1.6 kA/m'."),
]


@study.command()
def stability(
    junction: JunctionName = DEFAULT_JUNCTION,
    gate: Annotated[
        str | None,
        typer.Option("--gate", metavar="START:STOP:POINTS", help="Gate voltages; else around the threshold."),
    ] = None,
    averaging: Annotated[str, typer.Option("--averaging", metavar="TIME", help="Time that a reading takes.")] = "5 ns",
    bias: Annotated[str, typer.Option("--bias", metavar="VOLTAGE", help="Read bias across the junction.")] = "0 V",
    field: Field = "0 A/m",
    json: Json = False,
    out: Folder = DEFAULT_FOLDER,
) -> None:
    """Draw barrier, hop rate and thermal spread over the gate.

    Beside the paper's "several tens of kT", with the gates marked at which that holds.
    """
    from smtjlab.instruments.quantity import parse_quantity
    from smtjlab.simulation.belief import Belief

    from .study_options import field_along, short_name, study_command

    belief = Belief.load(junction)
    volts = None if gate is None else gate_voltages(gate)
    conditions = {
        "averaging": parse_quantity(averaging, "s"),
        "bias": parse_quantity(bias, "V"),
        "field": field_along(field),
    }
    # The kernels and Matplotlib, which a mistake in an option need not wait for.
    from smtjlab.reports.stability_study import stability_study
    from smtjlab.simulation.stability import stability as of_junction

    begin(out)
    asked = of_junction(belief.junction, volts, **conditions)
    command = study_command(
        "stability", junction=junction, gate=gate, averaging=averaging, bias=bias, field=field, out=out
    )
    tell(stability_study(asked, belief, short_name(junction), command), out, json=json)


@study.command()
def switching(
    mechanism: Annotated[str, typer.Option("--mechanism", metavar=NAMES, help="What turns the soft layer over.")],
    width: Annotated[
        str | None,
        typer.Option("--width", metavar="VALUES", help="Pulse widths, such as 0.2ns:3ns:15, 1ns,2ns or 1ns."),
    ] = None,
    amplitude: Annotated[
        str | None, typer.Option("--amplitude", metavar="VALUES", help="Voltages in V or current densities in A/m^2.")
    ] = None,
    field: Annotated[
        str, typer.Option("--field", metavar="VALUES", help="Fields along the easy axis in A/m, Oe or T.")
    ] = "0 A/m",
    junction: Annotated[
        str | None, typer.Option("--junction", metavar="FILE|fig5|cofeb", help="Else the one that suits the mechanism.")
    ] = None,
    replicas: Replicas = 512,
    seed: Seed = 0,
    json: Json = False,
    out: Folder = DEFAULT_FOLDER,
) -> None:
    """Draw how often a pulse switches, against width, amplitude and field.

    One or two of them may be varied; with two there is a map besides the lines.
    """
    from .study_options import mechanism_named, short_name, study_command, switching_grid
    from .study_progress import Computing

    chosen = mechanism_named(mechanism, junction)
    grid = switching_grid(chosen, width, amplitude, field)
    # The kernels and Matplotlib, which a mistake in an option need not wait for.
    from smtjlab.reports.switching_study import switching_study
    from smtjlab.simulation.switching import switching_probability

    begin(out)
    with Computing(f"switching by {chosen.title}") as progress:
        found = switching_probability(
            chosen,
            widths=grid.widths,
            amplitudes=grid.amplitudes,
            fields=grid.fields,
            replicas=replicas,
            seed=seed,
            threads=threads(),
            progress=progress,
        )
    command = study_command(
        "switching", mechanism=mechanism, width=width, amplitude=amplitude, field=field, junction=junction,
        replicas=replicas, seed=seed, out=out,
    )  # fmt: skip
    name = "its usual soft layer" if junction is None else f"junction {short_name(junction)}"
    tell(switching_study(found, name, command, seed=seed, key=switching_key(mechanism, junction)), out, json=json)


@study.command()
def energy(
    mechanism: Annotated[
        list[str] | None, typer.Option("--mechanism", metavar=NAMES, help="One to be drawn; may be repeated. Else all.")
    ] = None,
    points: Annotated[int, typer.Option(min=2, max=200, help="Amplitudes of each mechanism.")] = 13,
    replicas: Replicas = 2048,
    seed: Seed = 0,
    json: Json = False,
    out: Folder = DEFAULT_FOLDER,
) -> None:
    """Draw the energy of switching against its error, all mechanisms in one.

    Each at its usual pulse width, while the amplitude varies from weak to strong.
    """
    from .study_options import MECHANISMS, mechanism_named, study_command
    from .study_progress import Computing

    names = mechanism or list(MECHANISMS)
    chosen = [mechanism_named(name, None) for name in dict.fromkeys(names)]
    from smtjlab.reports.energy_study import energy_study
    from smtjlab.simulation.switching import energy_against_error

    begin(out)
    with Computing("energy against error") as progress:
        curves = energy_against_error(
            chosen, points=points, replicas=replicas, seed=seed, threads=threads(), progress=progress
        )
    command = study_command("energy", mechanism=mechanism, points=points, replicas=replicas, seed=seed, out=out)
    tell(energy_study(curves, command, seed=seed), out, json=json)


@study.command(name="linear-range")
def linear_range(
    junction: JunctionName = DEFAULT_JUNCTION,
    tolerance: Annotated[float, typer.Option("--tolerance", help="Largest INL, over the window's own change.")] = 0.01,
    points: Annotated[int, typer.Option(min=2, max=50, help="Values of each property.")] = 7,
    json: Json = False,
    out: Folder = DEFAULT_FOLDER,
) -> None:
    """Draw the linear window against what may set it.

    Resistances, TMR, Gamma, temperature and volume; the paper's claim is drawn beside what follows.
    """
    from smtjlab.simulation.belief import Belief

    from .study_options import short_name, study_command
    from .study_progress import Computing

    belief = Belief.load(junction)
    # The kernels and Matplotlib, which a mistake in an option need not wait for.
    from smtjlab.reports.linear_range_study import linear_range_study
    from smtjlab.simulation.linear_range import linear_range as of_junction

    begin(out)
    with Computing("linear range") as progress:
        found = of_junction(belief.junction, tolerance=tolerance, points=points, progress=progress)
    command = study_command("linear-range", junction=junction, tolerance=f"{tolerance:g}", points=points, out=out)
    tell(linear_range_study(found, belief, short_name(junction), command), out, json=json)


@study.command()
def learning(
    junction: JunctionName = DEFAULT_JUNCTION,
    data: Annotated[str, typer.Option("--data", metavar="digits|wine", help="Data set of scikit-learn.")] = "digits",
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="Times through the training examples.")] = 15,
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Splits, initial weights and noises.")] = 3,
    json: Json = False,
    out: Folder = DEFAULT_FOLDER,
) -> None:
    """Train one network with its weights in different devices.

    Ideal numbers, s-MTJs inside the linear window and over the whole curve, a memristor, domain walls: accuracy against
    epoch, mean and spread over seeds.
    """
    from smtjlab.simulation.belief import Belief

    from .study_options import short_name, study_command
    from .study_progress import Computing

    belief = Belief.load(junction)
    from smtjlab.procedures.errors import ParameterError
    from smtjlab.reports.learning_study import learning_study
    from smtjlab.simulation.networks.data_sets import NAMES as NAMES_OF_SETS
    from smtjlab.simulation.networks.devices import compared_devices
    from smtjlab.simulation.networks.training import Learning, compare

    if data not in NAMES_OF_SETS:
        raise ParameterError(f"`--data` must be {' or '.join(NAMES_OF_SETS)}, but is {data!r}.")
    devices, found = compared_devices(belief.junction), list[Learning]()
    begin(out)
    with Computing("learning") as progress:
        for number, device in enumerate(devices):
            found += compare([device], range(seeds), data=data, epochs=epochs)
            progress((number + 1) / len(devices))
    command = study_command("learning", junction=junction, data=data, epochs=epochs, seeds=seeds, out=out)
    told = learning_study(found, belief, short_name(junction), command, data=data, epochs=epochs)
    tell(told, out, json=json)


def switching_key(mechanism: str, junction: str | None) -> str:
    """Return what a study's files are called by: the mechanism, and the junction where it is not the usual one."""
    from .study_options import short_name

    return mechanism if junction is None else f"{mechanism}-{short_name(junction)}"


def threads() -> int:
    """Return how many cores may work; the numbers do not depend on it."""
    from smtjlab.simulation.scheduler import cores

    return cores()


def begin(out: Path) -> None:
    """Refuse a folder that cannot be written to, before anything is computed. Raises ReportMistake and ReportFault."""
    from smtjlab.reports.study import try_folder

    try_folder(out)


def tell(found: Study, out: Path, *, json: bool) -> None:
    """Write the files of a study and print what was found and where it lies."""
    from smtjlab.reports.study import write_study

    files = write_study(found, out)
    paths = [("Page:", str(files.page)), ("Table:", str(files.table)), *(("Figure:", str(p)) for p in files.figures)]
    if json:
        print_json(found.to_dict() | {"files": {"page": str(files.page), "table": str(files.table),
                                                "figures": [str(path) for path in files.figures]}})  # fmt: skip
        return
    print(found.finding)
    print()
    print_table(("quantity", "value"), found.facts)
    print()
    print_facts(paths)
