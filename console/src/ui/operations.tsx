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

/** "Create", "Restart". */
export function operationName({ kind, verb }: Operation): string {
  return kind === 'action' && verb !== null ? t(`verb.${verb}`) : t(`kind.${kind}`);
}

export function OperationStatusLabel({ operation }: { operation: Operation }) {
  return (
    <Label isCompact color={COLORS[operation.status]} icon={isUnfinished(operation) ? <Busy /> : undefined}>
      {t(`status.${operation.status}`)}
    </Label>
  );
}
