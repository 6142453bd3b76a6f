// The gate before everything that needs a person: waits for the session, leads to the sign-in page, and when a
// session ends puts the sign-in dialog *over* the page, which stays as it is.
import { Spinner } from '@patternfly/react-core/dist/esm/components/Spinner';
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Navigate, useLocation } from 'react-router';
import { forgetAnswers } from '../api/client';
import { meQuery } from '../api/queries';
import { belongsTo, start } from '../api/session';
import { t } from '../i18n/shell';
import { paths } from '../paths';
import { ErrorState } from '../ui/ErrorState';
import { Notice } from '../ui/Notice';
import { MeContext } from './me';
import { useSession } from './use-session';
import { clearToasts } from './toasts';

const loadFrame = () => import('./Frame');
const loadSignInAgain = () => import('./SignInAgain');
const Frame = lazy(loadFrame);
const SignInAgain = lazy(loadSignInAgain);

export function SignedIn() {
  const session = useSession();
  const client = useQueryClient();
  const { pathname, search } = useLocation();
  useEffect(() => {
    if (session !== 'out') return;
    client.clear();
    forgetAnswers();
    clearToasts();
  }, [session, client]);
  if (session === 'starting') return <Starting />;
  if (session === 'unreachable') return <Unreachable />;
  if (session === 'out') return <Navigate replace to={paths.login(pathname === '/' ? undefined : pathname + search)} />;
  return <Person expired={session === 'expired'} />;
}

function Person({ expired }: { expired: boolean }) {
  const { data: me, error, refetch } = useQuery(meQuery);
  useEffect(() => {
    if (!me) return;
    belongsTo(me.id);
    // By the time that the session ends the network may be gone too.
    void loadSignInAgain();
  }, [me]);
  if (!me) return error ? <ErrorState error={error} retry={() => void refetch()} /> : <Starting />;
  return (
    <MeContext value={me}>
      <Suspense fallback={<Starting />}>
        <Frame />
        {expired && <SignInAgain email={me.email} />}
      </Suspense>
    </MeContext>
  );
}

function Starting() {
  return (
    <div className="sw-starting">
      <Spinner aria-label={t('session.starting')} />
    </div>
  );
}

function Unreachable() {
  return (
    <main className="sw-starting">
      <Notice title={t('session.unreachable.title')} role="alert">
        <p>{t('session.unreachable.body')}</p>
        <Button onClick={() => void start()}>{t('retry')}</Button>
      </Notice>
    </main>
  );
}
