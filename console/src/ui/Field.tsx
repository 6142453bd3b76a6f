import { FormGroup } from '@patternfly/react-core/dist/esm/components/Form';
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText';
import type { ReactNode } from 'react';

interface FieldProps {
  id: string;
  label: string;
  hint?: ReactNode;
  error?: string;
  required?: boolean;
  children: ReactNode;
}

/** What a control says to assistive technology about its hint and its error. Spread it onto the control. */
export function described(id: string, error: string | undefined, hint?: ReactNode) {
  const ids = [error === undefined ? '' : `${id}-error`, hint === undefined ? '' : `${id}-hint`].filter(Boolean).join(' ');
  return { 'aria-describedby': ids === '' ? undefined : ids, 'aria-invalid': error !== undefined };
}

/** A label, its control, a hint below and, when refused, the reason. */
export function Field({ id, label, hint, error, required = false, children }: FieldProps) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      {children}
      {(error !== undefined || hint !== undefined) && (
        <HelperText className="sw-field__help">
          {error !== undefined && (
            <HelperTextItem variant="error" id={`${id}-error`}>
              {error}
            </HelperTextItem>
          )}
          {hint !== undefined && <HelperTextItem id={`${id}-hint`}>{hint}</HelperTextItem>}
        </HelperText>
      )}
    </FormGroup>
  );
}
