// Which of a server's conditions a person should read, and as what. Pure.
import type { Condition, Server } from '../../api/types';
import { t } from '../../i18n/detail';

export interface Finding {
  tone: 'good' | 'info' | 'bad';
  text: string;
  /** Absent when all is well. */
  condition?: Condition;
}

/** Worst first: what needs a person, what goes on or waits, what is only good to know. */
export function findings(server: Server): Finding[] {
  const found = server.conditions.flatMap((condition) => findingOf(condition) ?? []);
  const stalled = found.some(({ tone }) => tone === 'bad');
  // "Working on it" and "cannot go on" explain better than "not ready" does.
  const explained = stalled || found.some(({ condition }) => condition?.type === 'Reconciling');
  const kept = found.filter(({ condition }) => !(explained && condition?.type === 'Ready'));
  const order: Finding['tone'][] = ['bad', 'info', 'good'];
  kept.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
  if (kept.length > 0) return kept;
  // Conditions come with the first look of the operator; until then nobody knows.
  return [server.ready ? { tone: 'good', text: t('conditions.fine') } : { tone: 'info', text: t('condition.Reconciling.True') }];
}

function findingOf(condition: Condition): Finding | null {
  const { type, status } = condition;
  if (type === 'Stalled' && status === 'True') return { tone: 'bad', text: t('condition.Stalled.True'), condition };
  if (type === 'Suspended' && status === 'True') return { tone: 'bad', text: t('condition.Suspended.True'), condition };
  if (type === 'Reconciling' && status === 'True') return { tone: 'info', text: t('condition.Reconciling.True'), condition };
  if (type === 'RestartRequired' && status === 'True')
    return { tone: 'info', text: t('condition.RestartRequired.True'), condition };
  if (type === 'DriftDetected' && status === 'True') return { tone: 'info', text: t('condition.DriftDetected.True'), condition };
  if (type === 'Ready' && status === 'True') return { tone: 'good', text: t('condition.Ready.True'), condition };
  if (type === 'Ready' && status === 'False') return { tone: 'info', text: t('condition.Ready.False'), condition };
  return null;
}
