// How an operation reads: its name and its status.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { isUnfinished } from '../api/status';
import type { Operation, OperationStatus } from '../api/types';
import { t } from '../i18n/operation';
import { Busy } from './Busy';

const COLORS: Record<OperationStatus, 'blue' | 'green' | 'grey' | 'red'> = {
  accepted: 'blue',
  running: 'blue',
  succeeded: 'green',
  failed: 'red',
  superseded: 'grey',
  expired: 'grey',
};

/** "Create", "Restart", "Roll back (before-upgrade)". */
export function operationName({ kind, verb, subject }: Operation): string {
  if (kind !== 'action' || verb === null) return t(`kind.${kind}`);
  const name = t(`verb.${verb}`);
  return subject === null ? name : t('verb.about', { verb: name, subject });
}

export function OperationStatusLabel({ operation }: { operation: Operation }) {
  return (
    <Label isCompact color={COLORS[operation.status]} icon={isUnfinished(operation) ? <Busy /> : undefined}>
      {t(`status.${operation.status}`)}
    </Label>
  );
}
