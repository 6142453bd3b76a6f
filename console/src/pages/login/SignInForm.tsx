import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/problem';
import { signIn } from '../../api/session';
import { t } from '../../i18n/login';
import { Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';
import { PasswordInput } from '../../ui/PasswordInput';

/**
 * Email and password. `fixedEmail`: the same person again, whose session has ended; the page below that dialog may have
 * a password field too, hence the ids.
 */
export function SignInForm({ fixedEmail }: { fixedEmail?: string }) {
  const [email, setEmail] = useState(fixedEmail ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<{ error: unknown; title?: string } | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (email.trim() === '' || password === '') {
      setFailure({ error: true, title: t('error.required') });
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await signIn(email.trim(), password);
    } catch (error) {
      const wrong = error instanceof ApiError && error.kind === 'invalid-credentials';
      setFailure({ error: wrong ? true : error, title: wrong ? t('error.credentials') : undefined });
      setBusy(false);
    }
  }

  return (
    <Form noValidate onSubmit={(event) => void submit(event)}>
      {failure && <FormProblem error={failure.error} title={failure.title} />}
      <Field id="sign-in-email" label={t('email')}>
        <TextInput
          id="sign-in-email"
          type="email"
          autoComplete="username"
          value={email}
          readOnlyVariant={fixedEmail === undefined ? undefined : 'default'}
          autoFocus={fixedEmail === undefined}
          onChange={(_event, next) => setEmail(next)}
        />
      </Field>
      <Field id="sign-in-password" label={t('password')}>
        <PasswordInput
          id="sign-in-password"
          autoComplete="current-password"
          value={password}
          autoFocus={fixedEmail !== undefined}
          onChange={setPassword}
        />
      </Field>
      <Button type="submit" variant="primary" isBlock isLoading={busy} isAriaDisabled={busy}>
        {t(busy ? 'submitting' : 'submit')}
      </Button>
    </Form>
  );
}
