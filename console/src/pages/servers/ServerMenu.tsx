import { Divider } from '@patternfly/react-core/dist/esm/components/Divider';
import { Dropdown, DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown';
import { MenuToggle } from '@patternfly/react-core/dist/esm/components/MenuToggle';
import { EllipsisVIcon } from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { Fragment, useState } from 'react';
import { refusal, type ServerAction } from '../../api/can';
import type { Server } from '../../api/types';
import { useOnline } from '../../app/online';
import { t } from '../../i18n/server';
import { type OpenDialog, preloadDialogs } from '../server/ServerDialogs';

const GROUPS: ServerAction[][] = [['start', 'shutdown', 'restart', 'stop'], ['changePlan', 'growDisk'], ['delete']];

/** A row's actions in place. What is not possible now is shown with the reason, not hidden. */
export function ServerMenu({ server, open }: { server: Server; open: OpenDialog }) {
  const [shown, setShown] = useState(false);
  const toggle = () => {
    setShown(!shown);
    preloadDialogs();
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
        {GROUPS.map((group, index) => (
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
      isDanger={action === 'delete'}
      description={reason === null ? undefined : t(`refusal.${reason}`)}
      onClick={() => reason === null && open(action, server)}
    >
      {t(`action.${action}`)}
    </DropdownItem>
  );
}
