// The frame around every page: masthead, navigation, banners.
import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
} from '@patternfly/react-core/dist/esm/components/Masthead';
import { Page, PageSidebar, PageSidebarBody, PageToggleButton } from '@patternfly/react-core/dist/esm/components/Page';
import { SkipToContent } from '@patternfly/react-core/dist/esm/components/SkipToContent';
import { BarsIcon } from '@patternfly/react-icons/dist/esm/icons/bars-icon';
import { Suspense } from 'react';
import { Route, Routes, useHref, useLinkClickHandler } from 'react-router';
import { t } from '../i18n/shell';
import { paths } from '../paths';
import { routes } from '../routes';
import { Logo } from '../ui/Logo';
import { PageSkeleton } from '../ui/PageSkeleton';
import { CrashBoundary } from './CrashBoundary';
import { useMe } from './me';
import { Navigation } from './Navigation';
import { NotFoundPage } from './NotFoundPage';
import { useOnline } from './online';
import { UserMenu } from './UserMenu';

const MAIN_ID = 'main';

export default function Frame() {
  const me = useMe();
  const online = useOnline();
  return (
    <Page
      isManagedSidebar
      isContentFilled
      mainContainerId={MAIN_ID}
      masthead={<Top />}
      sidebar={
        <PageSidebar>
          <PageSidebarBody>
            <Navigation />
          </PageSidebarBody>
        </PageSidebar>
      }
      skipToContent={
        <SkipToContent
          href={`#${MAIN_ID}`}
          onClick={(event) => {
            event.preventDefault();
            document.getElementById(MAIN_ID)?.focus();
          }}
        >
          {t('skip')}
        </SkipToContent>
      }
    >
      {!online && (
        <p className="sw-banner" role="status">
          {t('offline.banner')}
        </p>
      )}
      <Suspense fallback={<PageSkeleton />}>
        <Routes>
          {routes
            .filter((route) => me.staff || !route.staffOnly)
            .map(({ path, Component }) => (
              <Route
                key={path}
                path={path}
                element={
                  <CrashBoundary key={path}>
                    <Component />
                  </CrashBoundary>
                }
              />
            ))}
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </Page>
  );
}

function Top() {
  const href = useHref(paths.servers());
  const goHome = useLinkClickHandler<HTMLAnchorElement>(paths.servers());
  return (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton aria-label={t('nav.toggle')} variant="plain">
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo href={href} onClick={(event: React.MouseEvent<HTMLAnchorElement>) => goHome(event)}>
            <Logo />
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="sw-masthead__end">
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
}
