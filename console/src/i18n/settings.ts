import { catalogue } from './catalogue';

/** Words for a server's standing wishes: run policy, protection, deletion. */
export const t = catalogue({
  title: 'Settings',
  'policy.label': 'Run policy',
  'policy.Managed': 'As you leave it',
  'policy.Managed.hint': 'It stays running or stopped, as you or its own shutdown left it.',
  'policy.Running': 'Always running',
  'policy.Running.hint': 'It is started again whenever it stops.',
  'policy.Stopped': 'Always stopped',
  'policy.Stopped.hint': 'It is kept stopped; nothing starts it.',
  'protection.label': 'Deletion protection',
  'protection.on': 'On: deleting needs its name, from everywhere',
  'protection.off': 'Off: kubectl or Git can delete it without asking',
  'deletion.label': 'When deleted',
  'deletion.Delete': 'Destroy after the grace period',
  'deletion.Retain': 'Keep it; the provider removes it by hand',
  'grace.label': 'Grace period in hours',
  'grace.hint': 'From 0 to 720. Until it is over, a deleted server’s disk is untouched.',
  'grace.wrong': 'Write a whole number from 0 to 720.',
  'name.label': 'Name',
  'name.hint': 'A new host name takes effect at the next restart.',
  saved: 'Settings of {name} are changing',
  unsaved: 'Not saved yet',
  reset: 'Reset',
  'git.owned': 'Git manages this setting. Change it there.',
});
