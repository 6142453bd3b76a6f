import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { type FormEvent, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { setPassword as sendPassword } from '../../api/endpoints';
import { ApiError, fieldMessages } from '../../api/problem';
import { t } from '../../i18n/login';
import { paths } from '../../paths';
import { Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';
import { PasswordInput } from '../../ui/PasswordInput';
import { checkNewPassword, MIN_PASSWORD } from './password';
import { Welcome } from './Welcome';

/** `/set-password#token=…`: the token stands in the fragment, so that no server and no log ever sees it. */
export default function SetPasswordPage() {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token'));
  const [done, setDone] = useState(false);
  useEffect(() => {
    // Nor does it stay in the history.
    if (token !== null) history.replaceState(history.state, '', location.pathname);
  }, [token]);
  if (token === null) {
    return (
      <Welcome title={t('set.noToken.title')} lead={t('set.noToken.body')}>
        <Link to={paths.login()}>{t('set.done.go')}</Link>
      </Welcome>
    );
  }
  if (done) {
    return (
      <Welcome title={t('set.done.title')} lead={t('set.done.body')}>
        <Link to={paths.login()}>{t('set.done.go')}</Link>
      </Welcome>
    );
  }
  return (
    <Welcome title={t('set.title')} lead={t('set.lead')}>
      <NewPasswordForm token={token} onDone={() => setDone(true)} />
    </Welcome>
  );
}

function NewPasswordForm({ token, onDone }: { token: string; onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [errors, setErrors] = useState<{ password?: string; again?: string }>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = checkNewPassword(password, again);
    setErrors(found);
    setFailure(null);
    if (busy || found.password !== undefined || found.again !== undefined) return;
    setBusy(true);
    try {
      await sendPassword(token, password);
      onDone();
    } catch (error) {
      const refused = fieldMessages(error)['password'];
      if (refused === undefined) setFailure(error);
      else setErrors({ password: refused });
      setBusy(false);
    }
  }

  const used = failure instanceof ApiError && (failure.status === 401 || failure.status === 404 || failure.status === 422);
  const hint = t('set.hint', { min: MIN_PASSWORD });
  return (
    <Form noValidate onSubmit={(event) => void submit(event)}>
      <FormProblem error={failure} title={used ? t('set.used') : undefined} />
      <Field id="password" label={t('set.password')} hint={hint} error={errors.password}>
        <PasswordInput
          id="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          error={errors.password}
          hint={hint}
          autoFocus
        />
      </Field>
      <Field id="again" label={t('set.again')} error={errors.again}>
        <PasswordInput id="again" autoComplete="new-password" value={again} onChange={setAgain} error={errors.again} />
      </Field>
      <Button type="submit" isBlock isLoading={busy} isAriaDisabled={busy}>
        {t('set.submit')}
      </Button>
    </Form>
  );
}
