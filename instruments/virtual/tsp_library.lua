-- What every TSP instrument knows beside its hardware: scripts, node[1], bits, the data queue, strings of the user.
local environment, inner = ...
local asked, compiled, emit, fail, guarded = inner.asked, inner.compiled, inner.emit, inner.fail, inner.guarded
local pairs, type, tostring, setmetatable, floor = inner.pairs, inner.type, inner.tostring, inner.setmetatable, inner.floor

-- Scripts

local scripts, anonymous = {}, nil
local script = { user = { scripts = setmetatable({}, { __index = scripts, __newindex = function() end }) } }
environment.script = script

local function script_object(name, code, chunk)
  local own = { name = name, source = code, autorun = "no" }
  function own.run() return chunk() end
  function own.save() asked("save", 0, 0, nil, own.name or "", code) end
  function own.list()
    emit("loadscript " .. (own.name or ""))
    emit(code)
    emit("endscript")
  end
  return setmetatable(own, { __call = function() return chunk() end })
end

local function add(name, code)
  local chunk, problem = compiled(code)
  if chunk == nil then return nil, problem end
  local made = script_object(name, code, chunk)
  if name == "" then
    anonymous, script.anonymous = made, made
  else
    scripts[name], environment[name] = made, made
  end
  return chunk, made
end

function script.new(code, name)
  local chunk, made = add(name or "", code)
  if chunk == nil then fail(made) end
  return made
end
script.newautorun = script.new

function script.delete(name)
  if scripts[name] == nil then fail("script `" .. tostring(name) .. "' does not exist") end
  scripts[name] = nil
  asked("save", 0, 0, nil, name)
end

function script.run(name)
  local made = name and scripts[name] or anonymous
  if made == nil then fail("there is no script to run") end
  return made.run()
end
environment.run = script.run

function script.user.catalog()
  local names, place = {}, 0
  for name in pairs(scripts) do names[#names + 1] = name end
  return function()
    place = place + 1
    return names[place]
  end
end

-- Other nodes of the TSP-Link: there is this one

local this = setmetatable({}, {
  __index = function(_, key)
    local found = environment.localnode and environment.localnode[key]
    if found == nil then return environment[key] end
    return found
  end,
  __newindex = function(_, key, value) environment.localnode[key] = value end,
  __metatable = false,
})
environment.node = setmetatable({}, { __index = function(_, key) if key == 1 then return this end end, __metatable = false })
guarded[environment.node], guarded[this] = true, true

function environment.makegetter(values, name) return function() return values[name] end end
function environment.makesetter(values, name) return function(value) values[name] = value end end

-- Bits of numbers below 2^32

local bit = {}
environment.bit = bit

local function combined(first, second, keep)
  local result, place = 0, 1
  first, second = first % 4294967296, second % 4294967296
  while first > 0 or second > 0 do
    if keep(first % 2, second % 2) then result = result + place end
    first, second, place = floor(first / 2), floor(second / 2), place * 2
  end
  return result
end

function bit.bitand(first, second) return combined(first, second, function(a, b) return a + b == 2 end) end
function bit.bitor(first, second) return combined(first, second, function(a, b) return a + b > 0 end) end
function bit.bitxor(first, second) return combined(first, second, function(a, b) return a + b == 1 end) end
function bit.test(value, place) return floor(value / 2 ^ (place - 1)) % 2 == 1 end
function bit.get(value, place) return bit.test(value, place) and 2 ^ (place - 1) or 0 end
function bit.set(value, place) return bit.test(value, place) and value or value + 2 ^ (place - 1) end
function bit.clear(value, place) return bit.test(value, place) and value - 2 ^ (place - 1) or value end
function bit.toggle(value, place) return bit.test(value, place) and bit.clear(value, place) or bit.set(value, place) end
function bit.getfield(value, place, width) return floor(value / 2 ^ (place - 1)) % 2 ^ width end
function bit.setfield(value, place, width, field)
  return value + (field % 2 ^ width - bit.getfield(value, place, width)) * 2 ^ (place - 1)
end

-- Data that scripts hand to one another, and strings that outlive them

local queued = {}
local dataqueue = { CAPACITY = 128 }
environment.dataqueue = setmetatable(dataqueue, { __index = function(_, key) if key == "count" then return #queued end end })

function dataqueue.add(value)
  if #queued >= dataqueue.CAPACITY then return false end
  queued[#queued + 1] = value
  return true
end
function dataqueue.next()
  local value = queued[1]
  for place = 1, #queued do queued[place] = queued[place + 1] end
  return value
end
function dataqueue.clear() queued = {} end

local strings = {}
environment.userstring = {
  add = function(name, value) strings[name] = tostring(value) end,
  get = function(name) return strings[name] end,
  delete = function(name) strings[name] = nil end,
  catalog = function() return pairs(strings) end,
}

-- Sweeps of Keithley's factory script

local function swept(smu, kind, function_name, levels, settling, measured)
  if type(smu) ~= "table" then fail("a sweep needs an SMU") end
  smu.source.func = kind == "v" and smu.OUTPUT_DCVOLTS or smu.OUTPUT_DCAMPS
  smu.nvbuffer1.clear()
  smu.nvbuffer1.appendmode, smu.nvbuffer1.collecttimestamps, smu.nvbuffer1.collectsourcevalues = 1, 1, 1
  smu.source.output = smu.OUTPUT_ON
  for place = 1, #levels do
    smu.source["level" .. kind] = levels[place]
    environment.delay(settling)
    smu.measure[measured](smu.nvbuffer1)
  end
  smu.source.output = smu.OUTPUT_OFF
end

local function ramp(start, stop, points)
  local levels = {}
  for place = 1, points do levels[place] = points > 1 and start + (stop - start) * (place - 1) / (points - 1) or start end
  return levels
end

local function decades(start, stop, points)
  local levels = {}
  for place = 1, points do levels[place] = start * (stop / start) ^ (points > 1 and (place - 1) / (points - 1) or 0) end
  return levels
end

for kind, measured in pairs({ V = "i", I = "v" }) do
  local function sweep(levels_of)
    return function(smu, start, stop, settling, points)
      swept(smu, kind:lower(), "", levels_of(start, stop, points), settling, measured)
    end
  end
  environment["Sweep" .. kind .. "LinMeasure" .. measured:upper()] = sweep(ramp)
  environment["Sweep" .. kind .. "LogMeasure" .. measured:upper()] = sweep(decades)
  environment["Sweep" .. kind .. "ListMeasure" .. measured:upper()] = function(smu, levels, settling, points)
    swept(smu, kind:lower(), "", { unpack(levels, 1, points) }, settling, measured)
  end
end

return add
