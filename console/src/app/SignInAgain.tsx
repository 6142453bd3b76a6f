import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal';
import { signOut } from '../api/session';
import { t } from '../i18n/shell';
import { SignInForm } from '../pages/login/SignInForm';

/** Over the page that was open when the session ended. The same person signs in and everything goes on. */
export default function SignInAgain({ email }: { email: string }) {
  return (
    <Modal isOpen variant="small" aria-labelledby="sign-in-again" aria-describedby="sign-in-again-why">
      <ModalHeader title={t('session.expired.title')} labelId="sign-in-again" />
      <ModalBody>
        <p id="sign-in-again-why" className="sw-lead">
          {t('session.expired.body')}
        </p>
        <SignInForm fixedEmail={email} />
      </ModalBody>
      <ModalFooter>
        <Button variant="link" isInline onClick={() => void signOut()}>
          {t('session.expired.other')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
