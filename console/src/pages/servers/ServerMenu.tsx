import { Divider } from '@patternfly/react-core/dist/esm/components/Divider';
import { Dropdown, DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown';
import { MenuToggle } from '@patternfly/react-core/dist/esm/components/MenuToggle';
import { EllipsisVIcon } from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { Fragment, useState } from 'react';
import { refusal, STAFF_ACTIONS, type ServerAction } from '../../api/can';
import type { Server } from '../../api/types';
import { useMe } from '../../app/me';
import { useOnline } from '../../app/online';
import { t } from '../../i18n/server';
import { type OpenDialog, loadDialogs } from '../server/ServerDialogs';

const GROUPS: ServerAction[][] = [
  ['start', 'shutdown', 'restart', 'stop', 'reset'],
  ['snapshot', 'backup', 'rebuild'],
  ['changePlan', 'growDisk'],
  ['changeSize', 'migrate', 'suspend', 'resume'],
  ['delete'],
];
/** A deleted server has two ways left. */
const DELETED: ServerAction[][] = [['undelete'], ['purge']];
const DANGERS = new Set<ServerAction>(['delete', 'rebuild', 'purge']);

/** A row's actions in place. What is not possible now is shown with the reason, not hidden. */
export function ServerMenu({ server, open }: { server: Server; open: OpenDialog }) {
  const [shown, setShown] = useState(false);
  const { staff } = useMe();
  const groups = (server.retained ? DELETED : GROUPS)
    .map((group) => group.filter((action) => staff || !STAFF_ACTIONS.has(action)))
    .filter((group) => group.length > 0);
  const toggle = () => {
    setShown(!shown);
    void loadDialogs();
  };
  return (
    <Dropdown
      isOpen={shown}
      onOpenChange={setShown}
      onSelect={() => setShown(false)}
      popperProps={{ position: 'end', appendTo: 'inline' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={t('actions.of', { name: server.name })}
          icon={<EllipsisVIcon />}
          isExpanded={shown}
          onClick={toggle}
        />
      )}
    >
      <DropdownList>
        {groups.map((group, index) => (
          <Fragment key={group[0]}>
            {index > 0 && <Divider component="li" />}
            {group.map((action) => (
              <Item key={action} action={action} server={server} open={open} />
            ))}
          </Fragment>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function Item({ action, server, open }: { action: ServerAction; server: Server; open: OpenDialog }) {
  const reason = refusal(action, server, useOnline());
  return (
    <DropdownItem
      isAriaDisabled={reason !== null}
      isDanger={DANGERS.has(action)}
      description={reason === null ? undefined : t(`refusal.${reason}`)}
      onClick={() => reason === null && open(action, server)}
    >
      {t(`action.${action}`)}
    </DropdownItem>
  );
}
