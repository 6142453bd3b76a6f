-- Health of a VirtualServer for Argo CD: stopped is Healthy, suspended is Suspended, stalled is Degraded.
-- Lua 5.1 without the string library: that is all that Argo CD's health scripts have.
local function progressing(message)
  return { status = "Progressing", message = message }
end

if obj.metadata.deletionTimestamp ~= nil then
  return progressing("it is being deleted; its VM is kept for a while, or for ever when it is protected")
end

local generation = obj.metadata.generation
local status = obj.status
if status == nil or status.conditions == nil or status.observedGeneration ~= generation then
  return progressing("the operator has not seen this version yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  -- What was said of an older version says nothing of this one.
  if condition.observedGeneration == nil or condition.observedGeneration == generation then
    conditions[condition.type] = condition
  end
end

local function holds(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

local function told(name)
  return conditions[name].reason .. ": " .. conditions[name].message
end

if holds("Stalled") then
  return { status = "Degraded", message = told("Stalled") }
end
if not holds("Ready") then
  return progressing(conditions["Ready"] ~= nil and told("Ready") or "the operator has not judged it yet")
end
if holds("Suspended") then
  return { status = "Suspended", message = conditions["Suspended"].message }
end

local message = status.phase or "Ready"
if holds("RestartRequired") then
  message = message .. "; " .. conditions["RestartRequired"].message
end
if holds("DriftDetected") then
  message = message .. "; somebody changed it by hand"
end
return { status = "Healthy", message = message }
