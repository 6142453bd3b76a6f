// The top of every page: its h1 gets the focus after a change of route, and the document gets its title.
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'react-router';
import { t } from '../i18n/shell';

interface Crumb {
  label: string;
  to: string;
}

interface PageProps {
  title: string;
  /** The pages above this one, outermost first. */
  crumbs?: Crumb[];
  lead?: ReactNode;
  /** Beside the title: a status. */
  beside?: ReactNode;
  /** At the end of the title's line: buttons. */
  actions?: ReactNode;
  children: ReactNode;
}

const NO_CRUMBS: Crumb[] = [];

export function Page({ title, crumbs = NO_CRUMBS, lead, beside, actions, children }: PageProps) {
  const heading = usePageHeading([title, ...crumbs.map((crumb) => crumb.label).toReversed()]);
  return (
    <div className="sw-page">
      {crumbs.length > 0 && (
        <nav className="sw-crumbs" aria-label="Breadcrumb">
          {crumbs.map((crumb) => (
            <Link key={crumb.to} to={crumb.to}>
              <span aria-hidden="true">← </span>
              {crumb.label}
            </Link>
          ))}
        </nav>
      )}
      <header className="sw-page__head">
        <div className="sw-page__title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {actions && <div className="sw-page__actions">{actions}</div>}
      </header>
      {lead && <p className="sw-page__lead">{lead}</p>}
      {children}
    </div>
  );
}

/** The path whose heading was focused last; null until the first page, which keeps the browser's own focus. */
let focused: string | null = null;

/** For pages with a heading of their own making. `parts`: this page first, then the ones above it. */
export function usePageHeading(parts: string[]) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const title = [...parts, t('product')].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (focused !== null && focused !== pathname) heading.current?.focus();
    focused = pathname;
  }, [pathname]);
  return heading;
}
