import type { Phase } from '../../api/types';
import { t as words } from '../../i18n/server';

/** The phases that the list can be narrowed to, in the order of how often people look for them. */
export const PHASES: { phase: Phase; label: string; staffOnly?: boolean }[] = [
  { phase: 'Running', label: words('status.running') },
  { phase: 'Stopped', label: words('status.stopped') },
  { phase: 'Pending', label: words('status.pending') },
  { phase: 'Provisioning', label: words('status.creating') },
  { phase: 'Updating', label: words('status.updating') },
  { phase: 'Suspended', label: words('status.suspended') },
  { phase: 'Deleting', label: words('status.deleting') },
  { phase: 'Failed', label: words('status.failed') },
  { phase: 'Unlinked', label: words('status.unlinked'), staffOnly: true },
];
