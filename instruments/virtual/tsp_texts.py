"""Words of every TSP instrument: error texts, and what its table of commands says of common commands and of Lua."""

TEXTS = {
    0: "Queue Is Empty", -104: "Data type error", -108: "Parameter not allowed", -109: "Missing parameter",
    -113: "Undefined header", -211: "Trigger ignored", -220: "Parameter error", -221: "Settings conflict",
    -222: "Parameter data out of range", -223: "Too much data", -224: "Illegal parameter value",
    -225: "Out of memory or TSP memory allocation error", -285: "TSP Syntax error", -286: "TSP Runtime error",
    -310: "System error", -350: "Queue overflow", -363: "Input buffer overrun", -410: "Query interrupted",
    -420: "Query unterminated", -430: "Query deadlocked", -440: "Query unterminated after indefinite response",
    802: "Output blocked by interlock", 1101: "Parameter too small", 1102: "Parameter too big",
    1107: "Cannot modify factory item", 4900: "Reading buffer index is invalid", 4903: "Reading buffer expired",
    4905: "Reading buffer is full", 5005: "Value too big for range", 5041: "Cannot start while a sweep is in progress",
}  # fmt: skip
"""Error texts of the manual's error summary; those above 1000 as bench practice remembers them."""

COMMON = {
    "*CLS": "clears events and error queue", "*ESE": "", "*ESE?": "", "*ESR?": "", "*IDN?": "", "*OPC": "",
    "*OPC?": "waits for overlapped operations", "*OPT?": "", "*RST": "", "*SRE": "", "*SRE?": "", "*STB?": "",
    "*TRG": "", "*TST?": "", "*WAI": "", "abort": "ends a script that runs",
    "loadscript": "up to `endscript`", "loadandrunscript": "up to `endscript`",
}  # fmt: skip
"""What is understood outside Lua."""

LIBRARY = {
    "print": "", "script.new": "", "script.delete": "", "script.run": "", "script.user.catalog": "",
    "scriptVar.run": "", "scriptVar.save": "", "scriptVar.list": "", "makegetter": "", "makesetter": "", "exit": "",
    "bit.bitand": "", "bit.bitor": "", "bit.bitxor": "", "bit.test": "", "bit.get": "", "bit.set": "", "bit.clear": "",
    "bit.toggle": "", "bit.getfield": "", "bit.setfield": "", "dataqueue.add": "", "dataqueue.next": "",
    "dataqueue.clear": "", "userstring.add": "", "userstring.get": "", "userstring.delete": "",
    "userstring.catalog": "", "SweepVLinMeasureI": "", "SweepVLogMeasureI": "", "SweepVListMeasureI": "",
    "SweepILinMeasureV": "", "SweepILogMeasureV": "", "SweepIListMeasureV": "",
}  # fmt: skip
"""What is made of Lua alone."""
