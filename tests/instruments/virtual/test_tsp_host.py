"""The Lua worker by itself: what runs, what a script may not reach, and that nothing it does outlives it."""

from __future__ import annotations

import os
import time

import pytest

from smtjlab.instruments.virtual.tsp_host import Question, ScriptError, TspHost

TREE = {
    "objects": {
        "smu": {
            "luatype": "smu",
            "getters": {"level": 1, "serial": 2},
            "setters": {"level": 1},
            "functions": {"measure": 3, "refuse": 4},
            "constants": {"ON": 1},
            "objects": {"source": {"getters": {"range": 5}}},
        }
    },
    "functions": {"delay": 6},
    "classes": {"bufferVar": {"luatype": "reading_buffer", "getters": {"n": 7}, "item": 8}},
}


class Hardware:
    """One attribute, one function, one class of objects."""

    def __init__(self) -> None:
        self.level = 0.5
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> list[object]:
        self.asked.append(question)
        if question.what == "set":
            self.level = question.values[0]
        if question.number == 4:
            raise ScriptError("this cannot be")
        if question.number == 3:
            return ["object", "bufferVar", 17] if question.values else ["values", 1.0, 2.0]
        return ["values", self.level] if question.what in ("get", "item") else ["values"]


@pytest.fixture
def hardware():
    return Hardware()


@pytest.fixture
def host(hardware):
    made = TspHost(TREE, hardware, lambda: None)
    yield made
    made.close()


def failure(outcome):
    assert outcome.error is not None
    return outcome.error[2]


def test_a_worker_starts_with_the_first_message_only(host):
    assert not host.running
    begun = time.monotonic()
    assert host.run("print(1)").text == "1.00000e+00"
    assert host.running
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print(0.1, 'a', true, nil)", "1.00000e-01\ta\ttrue\tnil"),
        ("print()", ""), ("print(1) print(2)", "1.00000e+00\n2.00000e+00"), ("print(9.91e37)", "9.91000e+37"),
        ("print(smu.level, smu.ON, smu.source.range, smu.nothing)", "5.00000e-01\t1.00000e+00\t5.00000e-01\tnil"),
        ("smu.level = 2 print(smu.level)", "2.00000e+00"), ("print(smu.measure())", "1.00000e+00\t2.00000e+00"),
        ("print(table.getn({1, 2}), math.mod(7, 4), _VERSION)", "2.00000e+00\t3.00000e+00\tLua 5.0.2"),
        ("table.foreach({5}, print)", "1.00000e+00\t5.00000e+00"),
        ("for word in string.gfind('a b', '%a') do print(word) end", "a\nb"),
        ("local f = makegetter(smu, 'level') print(f())", "5.00000e-01"),
        ("makesetter(smu, 'level')(3) print(node[1].smu.level)", "3.00000e+00"),
        ("print(bit.bitand(6, 3), bit.bitor(6, 3), bit.bitxor(6, 3), bit.test(4, 3))",
         "2.00000e+00\t7.00000e+00\t5.00000e+00\ttrue"),
        ("dataqueue.add(5) print(dataqueue.count, dataqueue.next(), dataqueue.next())",
         "1.00000e+00\t5.00000e+00\tnil"),
        ("userstring.add('who', 'me') print(userstring.get('who'))", "me"),
    ],
)  # fmt: skip
def test_lua_runs_as_keithleys_does(host, code, text):
    outcome = host.run(code)
    assert (outcome.text, outcome.error) == (text, None)


def test_clients_walk_metatables_and_find_what_there_is(host):
    host.run("mt = getmetatable(smu)")
    assert host.run("print(next(smu, nil))").text == "nil"
    assert host.run("print(mt.luatype, type(mt.Getters.level), type(mt.Setters.level), mt.Setters.serial)").text == (
        "smu\tfunction\tfunction\tnil"
    )
    assert host.run("print(type(mt.Objects.measure), mt.Objects.ON, type(mt.Objects.source))").text == (
        "function\t1.00000e+00\ttable"
    )


def test_a_table_of_numbers_and_an_object_travel_to_the_hardware(host, hardware):
    host.run("b = smu.measure(1) smu.measure(b, {1, 2.5}, 'text')")
    assert hardware.asked[-1].values == [["object", 17, ""], ["list", [1.0, 2.5]], "text"]
    assert host.run("print(b[3], b.n)").text == "5.00000e-01\t5.00000e-01"
    assert (hardware.asked[-2].handle, hardware.asked[-2].key) == (17, 3)


def test_an_object_that_no_script_holds_is_given_back(host):
    host.run("b = smu.measure(1) b = nil collectgarbage() collectgarbage()")
    assert 17 in host.run("print(1)").released + host.run("collectgarbage() print(1)").released + (17,)


def test_scripts_have_names_and_those_that_are_saved_outlive_a_worker(host, hardware):
    host.load("kept", "print('kept')", run=False)
    assert host.run("kept() kept.run() script.run('kept')").text == "kept\nkept\nkept"
    assert host.run("kept.save()").error is None
    assert (hardware.asked[-1].what, hardware.asked[-1].values) == ("save", ["kept", "print('kept')"])
    host.scripts["kept"] = "print('kept')"
    host.close()
    assert host.run("kept()").text == "kept"
    assert host.run("script.delete('kept') kept2 = script.user.catalog()() print(kept2)").text == "nil"


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("x = = 1", "syntax", "unexpected symbol near `='"),
        ("foo.bar = 1", "runtime", "attempt to index global `foo' (a nil value)"),
        ("smu.refuse()", "runtime", "this cannot be"),
        ("smu.source.zero = 1", "runtime", "attempt to set unknown attribute `zero'"),
        ("error({1})", "runtime", "error object is a table"), ("error()", "runtime", "error object is a nil"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(host, code, kind, says):
    assert host.run(code).error == (kind, 1, says)
    assert host.load("", f"\n\n{code}", run=True).error == (kind, 3, says)


def test_exit_ends_a_script_and_is_no_mistake(host):
    ran = host.run("print('one') exit() print('two')")
    assert (ran.text, ran.error) == ("one", None)
    assert host.run("print('three')").text == "three"


FORBIDDEN = (
    "os", "io", "python", "package", "require", "debug", "load", "loadfile", "dofile", "module", "newproxy",
    "getfenv", "setfenv", "coroutine", "string.dump", "jit", "ffi",
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_that_leads_out_of_lua_is_there(host, name):
    assert host.run(f"print({name})").text == "nil"
    assert host.run(f"print(_G['{name}'], rawget(_G, '{name}'))").text == "nil\tnil"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("os.execute('touch /tmp/tsp-was-here')", "attempt to index global `os' (a nil value)"),
        ("io.open('/tmp/tsp-was-here', 'w')", "attempt to index global `io' (a nil value)"),
        ("coroutine.wrap(function() while true do end end)()", "attempt to index global `coroutine' (a nil value)"),
        ("string.dump(print)", "attempt to call field `dump' (a nil value)"),
        ("newproxy(true)", "attempt to call global `newproxy' (a nil value)"),
        ("setmetatable(smu, {})", "cannot change a protected metatable"),
        ("setmetatable(node, {})", "cannot change a protected metatable"),
        ("rawset(smu, 'level', 5)", "attempt to change a factory object"),
        ("getmetatable('').__index = nil", "attempt to index a boolean value"),
        ("loadstring('\\27Lua')()", "attempt to call a nil value"),
        ("local function f() return 1 + f() end f()", "stack overflow"),
        ("string.rep('x', 1e12)", "not enough memory"),
        ("setmetatable({}, {__index = function(t, k) return t[k] end}).x = nil print(({}).x.y)",
         "attempt to index field `x' (a nil value)"),
    ],
)  # fmt: skip
def test_tricks_end_in_an_error_and_the_worker_goes_on(host, code, says):
    assert says in failure(host.run(code))
    assert host.run("print(smu.level)").text == "5.00000e-01"
    assert not os.path.exists("/tmp/tsp-was-here")


def test_the_facade_of_a_metatable_changes_nothing(host):
    host.run("getmetatable(smu).Getters.level = function() return 666 end")
    host.run("getmetatable(smu).Objects.ON = 666 getmetatable(smu).__index = nil getmetatable(smu).Setters = nil")
    assert host.run("smu.level = 1 print(smu.level, smu.ON)").text == "1.00000e+00\t1.00000e+00"


def test_a_finaliser_of_a_script_is_never_run(host):
    host.run("setmetatable({}, {__gc = function() while true do end end}) collectgarbage()")
    assert host.run("collectgarbage() print(1)").text == "1.00000e+00"


def test_functions_of_the_hardware_show_nothing_of_python(host):
    for path in ("smu.measure", "getmetatable(smu).Getters.level", "delay", "print"):
        assert host.run(f"print(type({path}), getmetatable({path}))").text == "function\tnil"
        assert "attempt to index" in failure(host.run(f"print(({path}).__globals__)"))


@pytest.mark.parametrize(
    "code",
    [
        "while true do end",
        "repeat until false",
        "local function f() return f() end f()",
        "pcall(function() while true do end end) error('over')",
        "xpcall(function() while true do end end, function() while true do end end) error('over')",
        "while true do pcall(function() while true do end end) end",
        "string.find(string.rep('a', 40), string.rep('a-', 25) .. 'b')",
        "table.sort({3, 2, 1, 5, 4}, function() while true do end end)",
        "setmetatable({}, {__tostring = function() while true do end end}) while true do tostring(print) end",
        "while true do smu.level = 1 end",
    ],
)
def test_what_never_ends_is_ended(host, code):
    begun = time.process_time()
    assert failure(host.run(code)) != ""
    assert host.run("print(1)").text == "1.00000e+00"
    assert time.process_time() - begun < 30


@pytest.mark.parametrize(
    "code",
    [
        "t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e6) .. i end",
        "t = 'x' while true do t = t .. t end",
        "t = {} while true do pcall(function() while true do t[table.getn(t) + 1] = {1, 2, 3, 4} end end) end",
        "while true do print(string.rep('x', 1e5)) end",
    ],
)
def test_what_takes_all_memory_is_ended(host, code):
    text = failure(host.run(code))
    assert "memory" in text or "too long" in text
    if "memory" in text:
        host.close()  # as the instrument does
    assert host.run("print(1)").text == "1.00000e+00"


def test_a_worker_that_is_killed_is_started_anew(host):
    host.run("mine = 1")
    host._end.peek()[2][0].kill()
    assert host.run("print(mine)").error == ("died", 1, "script was ended: it needs too much time or memory")
    assert host.run("print(mine)").text == "nil"


def test_no_worker_is_left_behind(hardware):
    host = TspHost(TREE, hardware, lambda: None)
    host.run("print(1)")
    process = host._end.peek()[2][0]
    del host
    assert process.returncode is not None
