-- The scripting side of a TSP instrument: sandbox, object tree, print, scripts. Lua 5.1, which still knows what
-- Keithley's Lua 5.0 knows. Runs once at the start of a worker and returns the function that carries out a message.
local ask, tree, limits, library = ...

local assert, error, getmetatable, ipairs, loadstring = assert, error, getmetatable, ipairs, loadstring
local next, pairs, rawset, select, setmetatable = next, pairs, rawset, select, setmetatable
local tonumber, tostring, type, unpack, xpcall = tonumber, tostring, type, unpack, xpcall
local collectgarbage, newproxy = collectgarbage, newproxy
local byte, find, format, gsub, match, rep = string.byte, string.find, string.format, string.gsub, string.match, string.rep
local concat, getn, insert = table.concat, table.getn, table.insert
local clock, sethook, getinfo = os.clock, debug.sethook, debug.getinfo

local started, precision, printed, lines, released = 0, 6, 0, {}, {}
local handles = setmetatable({}, { __mode = "k" }) -- proxy -> how it is named to the instrument
local guarded = setmetatable({}, { __mode = "k" }) -- tables that rawset may not touch
local environment = {}

-- Errors

local function fail(text)
  error(text, 0)
end

local ended = {} -- thrown by exit(), which ends a script and is no mistake

function environment.exit()
  error(ended, 0)
end

local function locate(problem)
  -- Adds the line of the script to an error that has none.
  if problem == ended then return problem end
  if type(problem) ~= "string" then problem = "error object is a " .. type(problem) end
  if match(problem, "^TSP:%d+: ") then return problem end
  problem = gsub(problem, "^factory:%d+: ", "")
  for level = 2, 40 do
    local info = getinfo(level, "Sl")
    if info == nil then break end
    if info.source == "=TSP" and info.currentline > 0 then
      return "TSP:" .. info.currentline .. ": " .. problem
    end
  end
  return "TSP:1: " .. problem
end

-- What goes out

local function emit(text)
  printed = printed + #text + 1
  if printed > limits.output then fail("output is too long") end
  lines[#lines + 1] = text
end

local function written(value)
  if type(value) ~= "number" then
    local text = tostring(value)
    return type(text) == "string" and text or type(value)
  end
  return format("%." .. (precision - 1) .. "e", value)
end

function environment.print(...)
  local words = {}
  for place = 1, select("#", ...) do words[place] = written((select(place, ...))) end
  emit(concat(words, "\t"))
end

-- What is asked of the instrument

local function packed(value)
  local kind = type(value)
  if kind == "string" then return "s" .. value end
  if kind == "nil" or kind == "boolean" or kind == "number" then return value end
  if handles[value] then return "o" .. handles[value] end
  if kind ~= "table" then return "x" .. kind end
  local count = getn(value)
  if count > limits.list then fail("table is too long") end
  local numbers = {}
  for place = 1, count do
    local number = tonumber(value[place])
    if number == nil then return "xtable" end
    numbers[place] = format("%.17g", number)
  end
  return "l" .. concat(numbers, ",")
end

local object -- a proxy of a class of objects: defined below

local function answered(kind, now, ...)
  precision = now
  if kind == "values" then return ... end
  if kind == "table" then return (...) end
  if kind == "lines" then
    for place = 1, select("#", ...) do emit((select(place, ...))) end
    return
  end
  if kind == "object" then return object(...) end
  if kind == "each" then
    local names, at = { ... }, 0
    return function()
      at = at + 1
      return names[at]
    end
  end
  fail((...))
end

local function asked(what, number, handle, key, ...)
  local count = select("#", ...)
  if count == 0 then return answered(ask(what, number, handle, key)) end
  if count == 1 then return answered(ask(what, number, handle, key, packed((...)))) end
  if count > 100 then fail("too many arguments") end
  local values = { ... }
  for place = 1, count do values[place] = packed(values[place]) end
  return answered(ask(what, number, handle, key, unpack(values, 1, count)))
end

-- The tree of objects, each an empty table whose metatable does the work

local build

local function shown(values)
  -- A copy for whoever looks into a metatable: changing it changes nothing.
  local copy = {}
  for name, value in pairs(values) do copy[name] = value end
  return copy
end

local function proxy_of(node, handle)
  local getters, setters, objects, items = {}, {}, {}, node.items
  for name, number in pairs(node.getters or {}) do
    getters[name] = function() return asked("get", number, handle, nil) end
  end
  for name, number in pairs(node.setters or {}) do
    setters[name] = function(value) return asked("set", number, handle, nil, value) end
  end
  for name, number in pairs(node.functions or {}) do
    objects[name] = function(...) return asked("call", number, handle, nil, ...) end
  end
  for name, value in pairs(node.constants or {}) do objects[name] = value end
  for name, child in pairs(node.objects or {}) do objects[name] = build(child, handle) end
  local proxy, places = {}, {}
  local visible = shown(objects)
  for place, child in ipairs(items or {}) do
    places[place] = build(child, handle)
    visible[place] = places[place]
  end
  setmetatable(proxy, {
    __index = function(_, key)
      local getter = getters[key]
      if getter then return getter() end
      local found = objects[key]
      if found == nil and type(key) == "number" then
        if items then return places[key] end
        if node.item then return asked("item", node.item, handle, key) end
      end
      return found
    end,
    __newindex = function(_, key, value)
      local setter = setters[key]
      if setter then return setter(value) end
      if getters[key] or objects[key] ~= nil then return asked("fixed", 0, 0, tostring(key)) end
      if type(key) == "number" and node.put then return asked("set", node.put, handle, key, value) end
      fail("attempt to set unknown attribute `" .. tostring(key) .. "'")
    end,
    __metatable = { Getters = shown(getters), Setters = shown(setters), Objects = visible, luatype = node.luatype },
  })
  guarded[proxy] = true
  return proxy
end

function build(node, handle)
  local proxy = proxy_of(node, node.handle or handle or 0)
  if node.handle then handles[proxy] = node.handle .. ":" .. (node.column or "") end
  for name, child in pairs(node.columns or {}) do
    handles[proxy[name]] = node.handle .. ":" .. name
  end
  return proxy
end

local sentinels = setmetatable({}, { __mode = "k" })

function object(class, handle)
  local node = shown(tree.classes[class])
  node.handle = handle
  local proxy = build(node)
  local sentinel = newproxy(true)
  getmetatable(sentinel).__gc = function() released[#released + 1] = handle end
  sentinels[proxy] = sentinel
  return proxy
end

-- The sandbox: what of Lua a script may use

local function library_of(source, without)
  local copy = {}
  for name, value in pairs(source) do
    if name ~= without then copy[name] = value end
  end
  return copy
end

for _, name in ipairs({
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "select",
  "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "gcinfo",
}) do
  environment[name] = _G[name]
end
environment._G, environment._VERSION = environment, "Lua 5.0.2"
environment.math, environment.table = library_of(math), library_of(table)
environment.string = library_of(string, "dump")
environment.string.gfind = string.gmatch
environment.string.rep = function(text, count)
  if #text * (tonumber(count) or 0) > limits.output then fail("not enough memory") end
  return rep(text, count)
end
getmetatable("").__index = environment.string
getmetatable("").__metatable = false

function environment.rawset(values, key, value)
  if guarded[values] then fail("attempt to change a factory object") end
  return rawset(values, key, value)
end

function environment.collectgarbage()
  collectgarbage("collect")
  return 0
end

local function compiled(code)
  if byte(code, 1) == 27 then return nil, "TSP:1: bytecode is not a script" end
  local chunk, problem = loadstring(code, "=TSP")
  if chunk then setfenv(chunk, environment) end
  return chunk, problem
end

function environment.loadstring(code)
  if type(code) ~= "string" then fail("bad argument #1 to `loadstring' (string expected)") end
  return compiled(code)
end

for name, child in pairs(tree.objects) do environment[name] = build(child) end
for name, number in pairs(tree.functions) do
  environment[name] = function(...) return asked("call", number, 0, nil, ...) end
end

local source_of = assert(loadstring(library, "=factory"))(environment, {
  asked = asked, compiled = compiled, emit = emit, fail = fail, guarded = guarded, find = find, match = match,
  pairs = pairs, type = type, tostring = tostring, setmetatable = setmetatable, floor = math.floor,
})

-- One message

local function attempt(chunk)
  started = clock()
  return xpcall(chunk, locate)
end

local function outcome(fine, problem, code)
  if fine or problem == ended then return nil end
  problem = tostring(problem)
  local line, text = match(problem, "^TSP:(%d+): (.*)$")
  text = gsub(text or problem, "'([^'\n]*)'", "`%1'")
  return code .. ":" .. (line or "1") .. ":" .. text
end

local function message(now, kind, first, code, run)
  precision, printed, lines = now, 0, {}
  local chunk, problem, result
  if kind == "load" then
    chunk, problem = source_of(first, code)
  else
    chunk, problem = compiled(first)
  end
  if chunk == nil then
    result = outcome(false, problem, "syntax")
  elseif kind == "run" or run then
    local fine, trouble = attempt(chunk)
    result = outcome(fine, trouble, "runtime")
  end
  -- Finalizers run at any allocation: the new list must stand in before the old one is read, or handles are lost.
  local text, count, fresh = concat(lines, "\n"), #lines, {}
  local gone
  gone, released, lines = released, fresh, {}
  return count > 0 and text or nil, concat(gone, ","), result
end

sethook(function()
  if clock() - started > limits.seconds then fail("script runs too long") end
end, "", 10000)

return message
