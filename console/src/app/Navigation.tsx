import { Nav, NavGroup, NavItem, NavList } from '@patternfly/react-core/dist/esm/components/Nav';
import { Link, useLocation } from 'react-router';
import { t } from '../i18n/shell';
import { type Route, routes } from '../routes';
import { useMe } from './me';

interface Entry {
  label: string;
  to: string;
  preload: Route['preload'];
}

/** The side navigation: made of the pages that name an entry. */
export function Navigation() {
  const me = useMe();
  const carried = me.accounts.find(({ carriedOverAt }) => carriedOverAt !== null);
  const customer = [...entries('customer'), ...(carried ? history(carried.id) : [])];
  return (
    <Nav aria-label={t('nav.label')}>
      {me.staff ? (
        <>
          <NavGroup title={t('nav.customer')}>{customer.map(item)}</NavGroup>
          <NavGroup title={t('nav.staff')}>{entries('staff').map(item)}</NavGroup>
        </>
      ) : (
        <NavList>{customer.map(item)}</NavList>
      )}
    </Nav>
  );
}

function entries(group: 'customer' | 'staff'): Entry[] {
  return routes.flatMap(({ nav, preload }) => (nav?.group === group ? [{ ...nav, preload }] : []));
}

function history(accountId: string): Entry[] {
  return routes.flatMap(({ history: entry, preload }) =>
    entry ? [{ label: entry.label, to: entry.to(accountId), preload }] : [],
  );
}

function item(entry: Entry) {
  return <Item key={entry.to} {...entry} />;
}

function Item({ label, to, preload }: Entry) {
  const { pathname } = useLocation();
  const active = pathname === to || pathname.startsWith(`${to}/`);
  const warm = () => void preload();
  return (
    <NavItem isActive={active} itemId={to}>
      <Link to={to} aria-current={active ? 'page' : undefined} onFocus={warm} onPointerEnter={warm}>
        {label}
      </Link>
    </NavItem>
  );
}
