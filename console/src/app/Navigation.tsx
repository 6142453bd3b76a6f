import { Nav, NavGroup, NavItem, NavList } from '@patternfly/react-core/dist/esm/components/Nav';
import { Link, useLocation } from 'react-router';
import { t } from '../i18n/shell';
import { type Route, routes } from '../routes';

/** The side navigation: made of the pages that name an entry. */
export function Navigation({ staff }: { staff: boolean }) {
  const customer = routes.filter((route) => route.nav?.group === 'customer');
  const admin = routes.filter((route) => route.nav?.group === 'staff');
  return (
    <Nav aria-label={t('nav.label')}>
      {staff ? (
        <>
          <NavGroup title={t('nav.customer')}>{customer.map(entry)}</NavGroup>
          <NavGroup title={t('nav.staff')}>{admin.map(entry)}</NavGroup>
        </>
      ) : (
        <NavList>{customer.map(entry)}</NavList>
      )}
    </Nav>
  );
}

function entry(route: Route) {
  return <Entry key={route.path} route={route} />;
}

function Entry({ route }: { route: Route }) {
  const { pathname } = useLocation();
  if (!route.nav) return null;
  const { label, to } = route.nav;
  const active = pathname === to || pathname.startsWith(`${to}/`);
  const warm = () => void route.preload();
  return (
    <NavItem isActive={active} itemId={to}>
      <Link to={to} aria-current={active ? 'page' : undefined} onFocus={warm} onPointerEnter={warm}>
        {label}
      </Link>
    </NavItem>
  );
}
