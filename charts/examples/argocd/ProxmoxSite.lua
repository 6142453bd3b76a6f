-- Health of a ProxmoxSite for Argo CD: a site that needs a person is Degraded, one that does not answer is Progressing.
-- Lua 5.1 without the string library: that is all that Argo CD's health scripts have.
local status = obj.status
if obj.metadata.deletionTimestamp == nil and status ~= nil and status.conditions ~= nil
  and status.observedGeneration == obj.metadata.generation then
  for _, condition in ipairs(status.conditions) do
    if condition.type == "Stalled" and condition.status == "True" then
      return { status = "Degraded", message = condition.reason .. ": " .. condition.message }
    end
  end
  for _, condition in ipairs(status.conditions) do
    if condition.type == "Ready" then
      local healthy = condition.status == "True" and "Healthy" or "Progressing"
      return { status = healthy, message = condition.reason .. ": " .. condition.message }
    end
  end
end
return { status = "Progressing", message = "the operator has not looked at the site yet" }
