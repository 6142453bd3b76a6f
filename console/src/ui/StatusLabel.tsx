import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { CheckCircleIcon } from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { ExclamationTriangleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { PowerOffIcon } from '@patternfly/react-icons/dist/esm/icons/power-off-icon';
import { TrashIcon } from '@patternfly/react-icons/dist/esm/icons/trash-icon';
import { statusOf, type Tone } from '../api/status';
import type { Server } from '../api/types';
import { t } from '../i18n/server';
import { Busy } from './Busy';

const COLORS: Record<Tone, 'blue' | 'green' | 'grey' | 'red' | 'orange'> = {
  busy: 'blue',
  good: 'green',
  off: 'grey',
  bad: 'red',
  warn: 'orange',
};

const ICONS: Record<Tone, React.ReactElement> = {
  busy: <Busy />,
  good: <CheckCircleIcon />,
  off: <PowerOffIcon />,
  bad: <ExclamationCircleIcon />,
  warn: <ExclamationTriangleIcon />,
};

/** A server's status as one word: never by colour alone. */
export function StatusLabel({ server, large = false }: { server: Server; large?: boolean }) {
  const { key, tone } = statusOf(server);
  return (
    <Label
      className="sw-status"
      color={COLORS[tone]}
      icon={key === 'deleted' || key === 'gone' ? <TrashIcon /> : ICONS[tone]}
      isCompact={!large}
    >
      {t(`status.${key}`)}
    </Label>
  );
}
