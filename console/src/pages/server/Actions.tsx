import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Tooltip } from '@patternfly/react-core/dist/esm/components/Tooltip';
import { refusal, type ServerAction } from '../../api/can';
import type { Server } from '../../api/types';
import { useOnline } from '../../app/online';
import { t } from '../../i18n/server';
import { ServerMenu } from '../servers/ServerMenu';
import type { OpenDialog } from './ServerDialogs';

/** The two that people want most as buttons, all of them in the menu. */
export function Actions({ server, open }: { server: Server; open: OpenDialog }) {
  if (server.gone) return null;
  if (server.retained) {
    return (
      <>
        <ActionButton action="undelete" server={server} open={open} />
        <ActionButton action="purge" server={server} open={open} variant="danger" />
      </>
    );
  }
  const first: ServerAction = server.powerState === 'running' ? 'shutdown' : 'start';
  return (
    <>
      <ActionButton action={first} server={server} open={open} />
      <ActionButton action="restart" server={server} open={open} />
      <ServerMenu server={server} open={open} />
    </>
  );
}

interface ActionButtonProps {
  action: ServerAction;
  server: Server;
  open: OpenDialog;
  about?: string;
  /** What it is for, where several buttons say the same. */
  of?: string;
  variant?: 'primary' | 'secondary' | 'danger' | 'link';
  label?: string;
}

/** One action; when it is not possible, the reason shows on hover and on focus and is read with the button. */
export function ActionButton({ action, server, open, about, of, variant, label }: ActionButtonProps) {
  const reason = refusal(action, server, useOnline());
  const button = (
    <Button
      variant={variant ?? (action === 'start' ? 'primary' : 'secondary')}
      isInline={variant === 'link'}
      isAriaDisabled={reason !== null}
      aria-label={of === undefined ? undefined : t('action.of', { action: t(`action.${action}`), of })}
      onClick={() => reason === null && open(action, server, about)}
    >
      {label ?? t(`action.${action}`)}
    </Button>
  );
  return reason === null ? button : <Tooltip content={t(`refusal.${reason}`)}>{button}</Tooltip>;
}
