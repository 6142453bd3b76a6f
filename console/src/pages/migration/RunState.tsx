import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import type { MigrationRun } from '../../api/types';
import { t } from '../../i18n/migration';

const COLORS = { running: 'blue', finished: 'green', interrupted: 'orange', rolled_back: 'grey' } as const;

/** What became of a run, and whether it was the last. */
export function RunState({ run: { status, sealedAt } }: { run: Pick<MigrationRun, 'status' | 'sealedAt'> }) {
  return (
    <div className="sw-two">
      <span>
        <Label isCompact color={COLORS[status]}>
          {t(`status.${status}`)}
        </Label>
      </span>
      {sealedAt !== null && <span>{t('sealed')}</span>}
    </div>
  );
}
