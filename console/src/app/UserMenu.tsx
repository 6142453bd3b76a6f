import { Divider } from '@patternfly/react-core/dist/esm/components/Divider';
import { Dropdown, DropdownGroup, DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown';
import { MenuToggle } from '@patternfly/react-core/dist/esm/components/MenuToggle';
import { UserCircleIcon } from '@patternfly/react-icons/dist/esm/icons/user-circle-icon';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { signOut } from '../api/session';
import { t } from '../i18n/shell';
import { paths } from '../paths';
import { useMe } from './me';
import { setTheme, type Theme, useTheme } from './theme';

const THEMES: Theme[] = ['light', 'dark', 'system'];

export function UserMenu() {
  const me = useMe();
  const theme = useTheme();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'end', appendTo: 'inline' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plainText"
          aria-label={t('menu.label', { name: me.name })}
          icon={<UserCircleIcon />}
          isExpanded={open}
          onClick={() => setOpen(!open)}
        >
          <span className="sw-usermenu__name">{me.name}</span>
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem description={me.email} onClick={() => void navigate(paths.profile())}>
          {t('menu.profile')}
        </DropdownItem>
      </DropdownList>
      <Divider />
      <DropdownGroup label={t('theme.label')} labelHeadingLevel="h2">
        <DropdownList>
          {THEMES.map((each) => (
            <DropdownItem key={each} isSelected={theme === each} onClick={() => setTheme(each)}>
              {t(`theme.${each}`)}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
      <Divider />
      <DropdownList>
        <DropdownItem onClick={() => void signOut()}>{t('menu.signOut')}</DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
