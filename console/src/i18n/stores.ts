import { catalogue } from './catalogue';

/** Words for what a server has in store: snapshots, backups, detached disks; and what differs on it. */
export const t = catalogue({
  'snapshots.title': 'Snapshots',
  'snapshots.empty': 'No snapshot. One before an upgrade lets you go back if it fails.',
  'snapshots.memory': 'with memory',
  'snapshots.addresses': 'While there is a snapshot, its addresses stay reserved for this server.',
  'backups.title': 'Backups',
  'backups.empty': 'No backup at the site’s backup storage.',
  'backups.protected': 'protected',
  'disks.title': 'Detached disks',
  'disks.empty': 'No detached disk. A rebuild leaves the old root disk here for 24 hours.',
  'disks.since': 'detached {time}',
  'disks.until': 'Destroyed on {date}',
  'disks.kept': 'Kept until somebody decides',
  'drift.title': 'Changed by hand on Proxmox VE',
  'drift.lead.Correct': 'Slipway puts these back. To keep one, change the wish, or set the drift policy to “Report”.',
  'drift.lead.Report':
    'Slipway leaves these alone. To put them back, set the drift policy to “Correct”; to keep one, change the wish.',
  'drift.field': 'Setting',
  'drift.wanted': 'Wished',
  'drift.found': 'Found',
  'drift.by': 'Changed by',
  'drift.unknown': 'the task log does not tell',
});
