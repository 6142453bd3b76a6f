import { useEffect } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { useSession } from '../../app/use-session';
import { t } from '../../i18n/login';
import { safeNext } from '../../paths';
import { SignInForm } from './SignInForm';
import { Welcome } from './Welcome';

/** `/login?next=…` */
export default function LoginPage() {
  const session = useSession();
  const [params] = useSearchParams();
  useEffect(() => {
    // The frame and the list come while the password is typed.
    const timer = setTimeout(() => void Promise.all([import('../../app/Frame'), import('../servers/ServersPage')]), 1_500);
    return () => clearTimeout(timer);
  }, []);
  if (session === 'in') return <Navigate replace to={safeNext(params.get('next'))} />;
  return (
    <Welcome title={t('title')} lead={t('lead')} foot={t('help')}>
      <SignInForm />
    </Welcome>
  );
}
