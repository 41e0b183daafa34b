"""Every word of the window, in one place, for whoever translates it; those of a wafer's page are in `wafer_texts`."""

from __future__ import annotations

WINDOW = "smtjlab – {bench}"
SIMULATED, HARDWARE = "SIMULATED", "HARDWARE"
SIMULATED_TIP = "Every instrument of this bench is a program; nothing outside this computer moves."
HARDWARE_TIP = "These are instruments. What is started here moves them."

PROCEDURE, JUNCTION, MODEL = "Procedure", "Junction", "Model"
RUN, ADD = "Run", "Add to plan"
ADD_TIP = "Put this at the end of the plan, to be run with what else stands there."
RUN_TIP = "Start this at once, or after what waits already."
CHECKING = "Checking …"
WOULD_TAKE = "{points} points, about {time} on the instruments' clock."
WOULD_VISIT = "{points} sites, about {time} on the instruments' clock."
OWN_LOOP = "{points} rows of its own loop; nobody knows how long it takes."
CANNOT_RUN = "Cannot run: {why}"
FIELD_WRONG, FIELDS_WRONG = "{fields} above needs another value.", "{fields} above need other values."

PLAN = "Plan"
PLAN_EMPTY = "Nothing is planned. “Add to plan” puts a measurement here; “Start plan” hands all of them to the engine."
IN_ALL = "About {time} in all."
PLAN_TIME, AS_DECLARED = " – {time}", "Every field is as it stands when the procedure is chosen."
START_PLAN_TIP = "Hand all that is planned to the engine, in this order."
SAVE_PLAN_TIP, OPEN_PLAN_TIP = "Write the plan to a file.", "Take the plan of a file in the place of this one."
UNDO_TIP, REDO_TIP = "Take the last change of the plan back.", "Change the plan once more as before Undo."
SAVE_PLAN, OPEN_PLAN, PLAN_FILES = "Save …", "Open …", "Plans (*.json)"
START_PLAN, UP, DOWN, REMOVE, UNDO, REDO = "Start plan", "Up", "Down", "Remove", "Undo", "Redo"

QUEUE, FIRST, HOLD, GO_ON = "Waiting at the engine", "First", "Hold", "Go on"
FIRST_TIP = "Let the run that is chosen be the next to begin."
REMOVE_WAITING_TIP = "Take the run that is chosen out of the queue; nothing of it is measured."
HOLD_TIP = "Let the run under way end, and start no other."
HELD = "Nothing is started: {why}."

LIVE = "Live"
LIVE_EMPTY = "No run is shown.\nChoose a procedure on the left and press Run, or open one under Results."
LIVE_WAITS = "Waiting for the first reading …"
RESIDUAL = "Residual"
MEASURED, EXPECTED = "measured", "model, 68 and 95 %"
MORE_BRANCHES = "and {count} more"
EXPECTED_TIP = (
    "Line and bands: what the model expects of each reading, by all that nobody knows of the junction and the "
    "instruments – median, central 68 % and 95 %. Below: reading minus median, in half widths of the 68 % band."
)
X_AXIS, Y_AXIS, AXIS_NAME = "x", "y", "{axis} axis"
DRIVEN = {
    "gate": "Gate voltage",
    "field": "Field along the easy axis",
    "transverse_field": "Field along the minor axis",
    "bias": "Bias",
    "temperature": "Temperature",
}
READ = {"gate_current": "Gate current", "current": "Current"}
TIME, NUMBER, LEVEL_OF = "Time", "Point", "Level of {name}"
FROM_TO = "{low} to {high}"
MAP, MAP_TIP = "Map", "The output over both inputs and its error, of a run that drives two sources."
PRODUCT, PRODUCT_ERROR, TOO_FEW = "Output", "Error of the best bilinear form, of the span", "too few readings yet"
FOLLOW = "Fit view"
FOLLOW_TIP = "Show all points, and go on doing so while they come. Zooming or dragging keeps the view where it is."
OVERLAY = "Overlay"
OVERLAY_NOTHING = "Nothing is shown that another run could be drawn beneath."
OVERLAY_OTHER = "That run cannot be drawn beneath: the axis is {axis}, and it has {has}."
OVERLAY_MANY = "At most {count} runs are drawn beneath another one."
COARSE = "So far back only extremes of the readings are kept: they are drawn as lines from the least to the largest."
LOST = "{count} earlier readings are not drawn along these axes; Show under Results reads the run anew."
CHI_SQUARE, CHI_SQUARE_OF = "χ²/ν = {reduced:.3g}, ν = {dof}", " of the first {answered}"
CHI_SQUARE_TIP = (
    "Chi-square of all readings so far against the model, over its degrees of freedom ν, the number of readings that "
    "count: near 1 they agree within their uncertainties. What readings share – parameters of the junction, gains and "
    "offsets – is taken into account as unknowns of its own. Red: they differ by more than chance."
)
SWITCHED = "A layer has switched between these two readings."
CLOSER = {
    "spectrum": ("Spectrum", "Power density of the noise, relative to the mean conductance, over frequency."),
    "telegraph": ("Telegraph", "Levels over time, how often each was read, and how long each was held."),
}
FREQUENCY, CONDUCTANCE, READINGS = "Frequency", "Conductance", "Readings"
SPECTRUM_PARTS = ("measured", "fit", "1/f part", "white part", "instrument, as specified", "1/f noise, as believed")
SINCE_FIRST, DWELL, CHANCE_HIGH = "Time since the first", "Dwell time", "P(high level)"
LOW, HIGH = "low level", "high level"
OF_NEWEST = "Of the newest {count} readings."
ONE_LEVEL = "Two levels are not seen (yet)."
TOO_FEW_DWELLS = "too few yet"
VERDICT, VERDICT_SO_FAR = "Model {sentence}", "Model, of the first {answered} readings, {sentence}"

PAUSE, RESUME, STOP, SAFE_NOW = "Pause", "Go on", "Stop after this point", "SAFE NOW"
PAUSE_TIP, RESUME_TIP = "Hold the run before its next point, outputs as they are.", "Let the run go on."
STOP_TIP = "End the run after the point that is being read, and make the bench safe."
SAFE_TIP = (
    "Ramp down and switch off everything, at once, and read it back (Esc Esc). Works while the engine hangs: "
    "then sessions of its own are opened."
)
REPORT_TIP = "Write the report of this run beside its journal, and open it."
MAKING_SAFE = "Making the bench safe …"
LEFT_UNSEEN = "Run {run}, which is not shown: {why}"
NOT_RUNNING = "Run {run} does not run and does not wait any more."
HANDING_IN = "Handing in …"
SAFE_PENDING = "SAFE NOW: ramping down, switching off, reading back …"
SAFE_DONE = "SAFE NOW {time}: everything was read back as safe."
SAFE_FAILED = "SAFE NOW {time}: NOT SAFE. Go and look at the bench: {bench}."
UNDER_WAY = "Run {run} is under way. Below stands another one, which is only looked at."
SHOW_IT, SHOW_IT_TIP = "Show run under way", "Follow the run that is under way, and what begins after it."
SHOWN_BENCH = "shown: a run of {bench}"
NO_RUN = "Nothing is running."
STATE_OF_RUN, NAME_OF_RUN = "{state} – {procedure}, run {run}", "{procedure}, run {run}"
POINTS = "{taken} of {planned} points"
RATE = "{rate:.1f} points/s"
LEFT = "{time} left"
READ_BACK = "{state}, bench safe"
STATES = {
    "idle": "Idle",
    "waiting": "Waiting in the queue",
    "checking": "Checking the bench",
    "running": "Measuring",
    "paused": "Paused, outputs as they are",
    "making_safe": "Making the bench safe",
    "done": "Done",
    "stopped": "Stopped",
    "failed": "Failed",
    "unsafe": "UNSAFE – look at the bench",
    "interrupted": "Interrupted: its engine died",
}

BENCH = "Bench"
INSTRUMENT_STATES = {
    "": "",
    "on": "● on",
    "off": "○ off",
    "in use": "◐ in use",
    "out of use": "◌ out of use",
    "compliance": "▲ compliance",
    "lost": "▲ lost",
    "not safe": "▲ not safe",
}
OVERDUE = "{day}  ▲ overdue"
STATE_TIPS = {
    "": "Nobody has asked it yet: Self-check does.",
    "on": "Its output is on, or the run reads it.",
    "off": "Its output is off, as it said or as was read back.",
    "in use": "A run holds it.",
    "compliance": "Its current limit holds it: the device draws more, and the level is not the one asked for.",
    "lost": "It does not answer at its address.",
    "not safe": "It could not be read back as safe. Go and look at it.",
    "out of use": "Nothing of this window speaks to it, but SAFE NOW.",
}
DISCONNECT, CONNECT = "Disconnect", "Connect"
DISCONNECT_TIP = (
    "Take it out of use while this window is open: self-checks leave it alone, and no run is handed in, for a run "
    "opens every instrument of its bench. Nothing is switched; what waits at the engine already is started; SAFE NOW "
    "speaks to it all the same."
)
CONNECT_TIP = "Ask it who it is and for its errors; if all is well it is in use again."
OUT_OF_USE_FAULT = "Every instrument of `{bench}` must be in use, but {names} is not: Connect stands at it under Bench."
CONNECTED = "`{name}` is in use again."
AT_SERVING = "given when the bench is served"
SET_TO = "set to {level}"
CHUCK_AT = "chuck at {x}, {y}, needles {needles}"
FIRMWARE = "Firmware"
IDENTITY_UNKNOWN = "not asked yet"
SELF_CHECK = "Self-check"
SELF_CHECK_TIP = "Ask every instrument who it is and whether its output is on. Nothing moves."
READS, NOTHING_NOW = "Reads", "–"
ONE_ANSWERS = "The instrument answers and complains of nothing."
ALL_ANSWER = "All {count} instruments answer and complain of nothing."
ADDRESS, IDENTITY, ROLE, CALIBRATED, LIMITS = "Address", "Identity", "Role", "Calibrate by", "Limits"
NOT_STATED = "not stated"

LOG = "Log"
NOTIFY, NOTIFY_TIP = "Notify", "Tell alarms by the desktop, with a sound, while the window is elsewhere."
LOG_FILTER = "Which lines are shown"
GOES_ON = "The run goes on."
IS_SAFE, IS_NOT_SAFE = "The {by} has read back that the bench is safe.", "NOT SAFE, says the {by}: {what}"
LOG_EMPTY = "What happens is told here."
SEVERITIES = ("everything", "warnings", "alarms")

RESULTS = "Results"
RESULTS_EMPTY = "No run is in {runs} yet."
SEARCH_TIP = "Show only runs that have each of these words anywhere."
SEARCH = "Search id, procedure, status, tag …"
SHOW, OPEN_REPORT, EXPORT = "Show", "Open report", "Export CSV"
SHOW_TIP = "Show the run that is chosen under Live, also one that is measured just now."
OVERLAY_TIP = "Draw the chosen runs beneath the one that is shown."
OPEN_REPORT_TIP = "Write the report and open it; of at most {most} runs at once."
EXPORT_TIP = "Write the readings of each chosen run as a table beside its journal."
TAGS = "Tags of the chosen runs"
TAGS_TIP = (
    "Words by which runs are found again, with Return to keep them: one that is new is put on every chosen run, one "
    "that is taken out here is taken away from them. They stand beside the journal, as those of `smtjlab tag`."
)
TAGGED = "Tags of {run}: {tags}."
NO_TAGS = "none"
DETAILS = "What is known of the run"
DETAILS_EMPTY = "Verdict, fitted parameters with standard uncertainties, and parameters of the run that is chosen."
FITTING = "Fitting …"
EXPORTED = "The readings are in {path}."
WRITING_REPORT = "Writing the report of {run} …"
REPORT_WRITTEN = "The report of {run} is in {path}."
RESULT_COLUMNS = ("Run", "Procedure", "Status", "Points", "Started", "Verdict", "Tags")

WAFER = "Wafer"

VIRTUAL = "Virtual bench"
VIRTUAL_HINT = "Only a bench of programs has these: for teaching, and to try what happens before it happens."
FAULTS, FAULT, FAULT_OF, LET_IT_HAPPEN = "Faults", "Fault", "Instrument", "Let it happen"
FAULT_TIP = "It strikes the next message, or at once where it is the instrument's own."
FAULT_AWAITED = "A fault is awaited: {kind} of `{instrument}`."
PACE, SPEED, NOISE, SET_PACE = "Time and noise", "Time passes", "Noise", "Set"
SPEEDS = (("at once", "fastest"), ("as ours", "1"), ("10 times as fast", "10"), ("100 times as fast", "100"))
"""Words, and what the bench is told."""
NOISES = (("as specified", "1"), ("none", "0"), ("3 times", "3"), ("10 times", "10"), ("30 times", "30"))
SET_PACE_TIP = "Tell the bench, which has to be in use."
SPEED_TIP = "At once: seconds pass only while somebody waits for them, and need not be waited for by us."
NOISE_TIP = (
    "Noise of the instruments, in units of their specifications. Their uncertainty budgets do not know it: does the "
    "verdict find out? What the junction does by itself stays as it is."
)
PACE_TOLD = "Time passes {speed}, noise is {noise}."
NOISE_AS, NOISE_TIMES = "as in the specifications", "{noise:g} times that of the specifications"
TRUTH, REVEAL = "Hidden truth", "Reveal"
REVEAL_TIP = "What the junctions of this bench really are. No procedure, model or report reads it."
TRUTH_EMPTY = "What the junctions really are, once you ask. The bench must be in use: start a run first."
NOT_SERVED = "`{bench}` is not in use just now: start a run first."

DARK_MODE, DARK_TIP = "Dark", "Light letters on a dark ground."
SVG_DONE = "The plot is in {path}."
SCREENSHOT_DONE = "A picture of the window is in {path}."
NOT_WRITTEN = "{path} must be written, but cannot be: {why}."
