import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal';
import { type FormEvent, type ReactNode, useId } from 'react';
import { t } from '../i18n/shell';
import { FormProblem } from './FormProblem';

interface DialogProps {
  title: string;
  go: string;
  danger?: boolean;
  /** A sign of danger before the title. */
  warning?: boolean;
  /** False while what was typed does not allow to go on. */
  ready?: boolean;
  busy: boolean;
  /** Why the API refused; the dialog stays open and shows it. */
  error: unknown;
  onSubmit: () => void;
  close: () => void;
  children: ReactNode;
}

/** A question with one way on and one way out. Enter goes on, Escape goes out, the focus returns to the opener. */
export function Dialog({
  title,
  go,
  danger = false,
  warning = false,
  ready = true,
  busy,
  error,
  onSubmit,
  close,
  children,
}: DialogProps) {
  const id = useId();
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (ready && !busy) onSubmit();
  }
  return (
    <Modal isOpen variant="small" aria-labelledby={`${id}-title`} aria-describedby={`${id}-body`} onClose={close}>
      <ModalHeader title={title} labelId={`${id}-title`} titleIconVariant={warning ? 'warning' : undefined} />
      <ModalBody>
        <Form id={`${id}-form`} noValidate onSubmit={submit}>
          <FormProblem error={error} />
          <div id={`${id}-body`} className="sw-dialog">
            {children}
          </div>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={`${id}-form`}
          variant={danger ? 'danger' : 'primary'}
          isDisabled={!ready}
          isAriaDisabled={busy}
          isLoading={busy}
        >
          {go}
        </Button>
        <Button variant="link" onClick={close}>
          {t('cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
