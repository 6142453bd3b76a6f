import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword } from '../../api/endpoints';
import { ApiError, fieldMessages } from '../../api/problem';
import { toastDone } from '../../app/toasts';
import { t as login } from '../../i18n/login';
import { t } from '../../i18n/profile';
import { Card } from '../../ui/Card';
import { Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';
import { PasswordInput } from '../../ui/PasswordInput';
import { checkNewPassword, MIN_PASSWORD } from '../login/password';

export function PasswordForm() {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [typed, setTyped] = useState<{ password?: string; again?: string }>({});
  const change = useMutation({
    mutationFn: () => changePassword(current, password),
    onSuccess: () => {
      setCurrent('');
      setPassword('');
      setAgain('');
      toastDone(t('password.done'));
    },
  });
  const refused = fieldMessages(change.error);
  const isWrong = change.error instanceof ApiError && change.error.kind === 'invalid-credentials';
  const wrongCurrent = isWrong ? t('password.wrong') : refused['currentPassword'];
  const wrongNew = typed.password ?? refused['newPassword'];
  const hint = login('set.hint', { min: MIN_PASSWORD });

  function submit(event: FormEvent): void {
    event.preventDefault();
    const found = checkNewPassword(password, again);
    setTyped(found);
    if (found.password === undefined && found.again === undefined && !change.isPending) change.mutate();
  }

  return (
    <Card title={t('password.title')}>
      <p className="sw-lead">{t('password.lead')}</p>
      <Form noValidate onSubmit={submit}>
        <FormProblem error={wrongCurrent === undefined && wrongNew === undefined ? change.error : null} />
        <Field id="current" label={t('password.current')} error={wrongCurrent}>
          <PasswordInput
            id="current"
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
            error={wrongCurrent}
          />
        </Field>
        <Field id="new" label={t('password.new')} hint={hint} error={wrongNew}>
          <PasswordInput
            id="new"
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            error={wrongNew}
            hint={hint}
          />
        </Field>
        <Field id="again" label={t('password.again')} error={typed.again}>
          <PasswordInput id="again" autoComplete="new-password" value={again} onChange={setAgain} error={typed.again} />
        </Field>
        <div className="sw-row">
          <Button type="submit" isLoading={change.isPending} isAriaDisabled={change.isPending}>
            {t('password.go')}
          </Button>
        </div>
      </Form>
    </Card>
  );
}
