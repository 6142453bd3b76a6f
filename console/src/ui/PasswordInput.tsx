import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { InputGroup, InputGroupItem } from '@patternfly/react-core/dist/esm/components/InputGroup';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { EyeIcon } from '@patternfly/react-icons/dist/esm/icons/eye-icon';
import { EyeSlashIcon } from '@patternfly/react-icons/dist/esm/icons/eye-slash-icon';
import { useState } from 'react';
import { t } from '../i18n/login';
import { described } from './Field';

interface PasswordInputProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: 'current-password' | 'new-password';
  error?: string;
  hint?: string;
  autoFocus?: boolean;
}

/** A password that the person may look at. */
export function PasswordInput({ id, value, onChange, autoComplete, error, hint, autoFocus }: PasswordInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <InputGroup>
      <InputGroupItem isFill>
        <TextInput
          id={id}
          type={shown ? 'text' : 'password'}
          value={value}
          autoComplete={autoComplete}
          autoFocus={autoFocus}
          validated={error === undefined ? 'default' : 'error'}
          {...described(id, error, hint)}
          onChange={(_event, next) => onChange(next)}
        />
      </InputGroupItem>
      <InputGroupItem>
        <Button
          variant="control"
          aria-label={t(shown ? 'password.hide' : 'password.show')}
          icon={shown ? <EyeSlashIcon /> : <EyeIcon />}
          onClick={() => setShown(!shown)}
        />
      </InputGroupItem>
    </InputGroup>
  );
}
