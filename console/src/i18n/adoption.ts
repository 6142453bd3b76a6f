import { catalogue } from './catalogue';

/** Words for machines on Proxmox VE that are no servers yet. */
export const t = catalogue({
  title: 'Machines that are no servers',
  lead: 'Machines on Proxmox VE that Slipway does not look after. Adopting one touches nothing: it keeps running, and what differs from its server is shown as drift.',
  look: 'Look for machines',
  again: 'Look again',
  empty: 'Every machine of this site is a server already.',
  none: 'None of these can be adopted.',
  machine: '{name} (VM {vmid} on {node})',
  running: 'running',
  stopped: 'stopped',
  pool: 'in the pool {pool}',
  moreDisks: { one: 'and {count} disk more', other: 'and {count} disks more' },
  skipped: { one: '{count} that cannot be adopted', other: '{count} that cannot be adopted' },
  more: 'Show more of {total}',
  adopt: 'Adopt',
  'adopt.of': 'Adopt: {name}',
  'dialog.title': 'Adopt {name}?',
  'dialog.lead':
    'The machine becomes a server of the account, as it is: it is not started, stopped or changed. It is protected against deletion.',
  'dialog.command':
    'It is not in Slipway’s pool. Root types this on a node first; without it the adoption stops, and goes on once it is done:',
  'dialog.command.what': 'the command',
  'dialog.account': 'Account',
  'dialog.account.choose': 'Choose an account',
  'dialog.name': 'Name',
  'dialog.name.hint': 'Also its host name in Slipway; the guest keeps its own.',
  'dialog.image': 'Image',
  'dialog.image.hint': 'What is installed, as far as you know; a rebuild installs it.',
  'dialog.image.unknown': 'Not known',
  'dialog.pool': 'Take it out of the pool {pool}',
  'dialog.go': 'Adopt',
  done: 'Adopting {name}',
});
