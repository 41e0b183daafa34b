"""Scripts on a virtual 2636B: lines, names, prompts, time, aborting; and what hostile ones leave behind."""

from __future__ import annotations

import random
import threading
import time

import pytest

from smtjlab.instruments.virtual import tsp_host


@pytest.fixture
def on(dual):
    """Channel a at 1 V on four wires, its output on."""
    dual("smua.source.limiti = 0.02", "smua.sense = 1", "smua.source.levelv = 1", "smua.source.output = 1")
    return dual


def test_a_script_comes_in_lines_and_runs_at_its_end(dual):
    assert dual("loadandrunscript\r", "for place = 1, 2 do\r", "print(place)\r", "end\r") is None
    assert dual("endscript") == "1.00000e+00\n2.00000e+00"
    assert dual("loadscript twice\nprint(2)\nprint(3)\nendscript\ntwice()") == "2.00000e+00\n3.00000e+00"
    assert dual("for name in script.user.catalog() do print(name) end") == "twice"
    dual("twice.save()")
    dual.twin.power_cycle()
    assert dual("twice()") == "2.00000e+00\n3.00000e+00"
    assert dual("script.delete('twice') print(script.user.scripts.twice)") == "nil"


def test_prompts_and_shown_errors_come_after_each_message(dual):
    assert dual("localnode.prompts = 1") == "TSP>"
    assert dual("print(1)") == "1.00000e+00\nTSP>"
    assert dual("foo()").endswith("TSP?")
    assert dual("errorqueue.clear() localnode.prompts = 0 localnode.showerrors = 1") is None
    assert dual("smua.source.levelv = 999").startswith("1.10200e+03\tParameter too big")


def test_time_passes_where_a_script_waits(dual):
    begun = dual.bench.world.now()
    assert dual.value("timer.reset() or 0") == 0
    dual("delay(0.5)")
    assert dual.value("timer.measure.t()") == pytest.approx(0.5, abs=0.01)
    assert dual.bench.world.now() - begun == pytest.approx(0.5, abs=0.01)


def test_an_abort_ends_a_script_that_waits_while_others_go_on(make_dual):
    dual = make_dual(clock='"real"')
    thread = threading.Thread(target=dual, args=("while true do delay(0.1) end",))
    thread.start()
    while not dual.twin._turns:
        time.sleep(0.001)
    dual("abort")
    thread.join(5)
    assert not thread.is_alive()
    assert "script was aborted" in dual("print(errorqueue.next())")


def test_who_asks_again_at_once_does_not_keep_others_out(make_dual):
    dual, done, enough = make_dual(clock='"real"'), [], threading.Event()

    def ask_without_end():
        while not enough.is_set():
            done.append(dual("delay(0.02)"))

    thread = threading.Thread(target=ask_without_end)
    thread.start()
    try:
        for _ in range(5):
            while not dual.twin._turns:
                time.sleep(0.001)
            before = len(done)
            dual("print(1)")
            assert len(done) - before <= 2  # the one under way, and one that came just before
    finally:
        enough.set()
        thread.join(5)


# What hostile scripts leave behind


@pytest.mark.parametrize(
    "code",
    [
        "while true do smua.source.levelv = 1 end", "while true do delay(100) end",
        "while true do smua.measure.i() end",
        "while true do pcall(function() while true do smua.measure.v() end end) end",
        "t = {} while true do t[table.getn(t) + 1] = smua.makebuffer(100000) end",
        "smua = nil smub = nil print = nil errorqueue = nil status = nil",
        "setmetatable(_G, {__index = function() while true do end end}) print(nothing)",
    ],
)  # fmt: skip
def test_outputs_stay_as_they_were_and_it_goes_on_answering(on, code, monkeypatch):
    monkeypatch.setattr(tsp_host, "LONGEST_SERVICE", 0.5)
    on(code)
    assert on.twin.channels["a"].source.output
    assert on.bench.world.seen_by("dual.a").voltage == pytest.approx(1, abs=1e-3)
    assert on("*IDN?").startswith("Keithley")
    on.twin.host.close()
    assert on("print(smua.source.output, smua.source.levelv)") == "1.00000e+00\t1.00000e+00"


WORDS = (
    "smua", "smub", ".source", ".measure", ".levelv", ".i()", ".trigger", ".initiate()", "=", "1e9", "-1", "0", "nil",
    "{", "}", "(", ")", "print", "printbuffer", "function", "end", "for", "do", "then", "if", "..", "'", '"', "[[",
    "]]", "--", "\t", "\x00", "\x1b", "\xff", ";", "*IDN?", "*ESE", "*RST", "*TRG", "loadscript", "endscript",
    "waitcomplete()",
    "errorqueue", ".next()", "getmetatable", "setmetatable", "string.rep('x', 1e3)", "pcall", "error", "#", "%", "^",
    "smua.nvbuffer1", "[1]", ".n", "format.data = 2", "delay(1)", "status.operation.condition", "node[1]", "\n",
)  # fmt: skip


def test_two_thousand_random_messages_leave_it_answering(dual):
    draw = random.Random(4)
    fuel = ("print(smua.measure.iv())", "smua.source.levelv = 1.5", "for i = 1, 3 do print(i) end", "*ESE 4;*ESE?")
    for number in range(2000):
        if number % 2:
            message = " ".join(draw.choices(WORDS, k=draw.randint(1, 12)))
        else:
            letters = list(draw.choice(fuel))
            letters[draw.randrange(len(letters))] = chr(draw.randrange(256))
            message = "".join(letters)
        dual(message)
        dual.twin._script = None
    assert dual("*IDN?").startswith("Keithley")
    dual("errorqueue.clear()", "*CLS")
    assert len(dual.twin.status.errors) == 0
