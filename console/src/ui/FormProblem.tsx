import { Alert } from '@patternfly/react-core/dist/esm/components/Alert';
import { fieldMessages } from '../api/problem';
import { t } from '../i18n/shell';
import { CopyText } from './CopyText';
import { describe, requestIdOf } from './ErrorState';

/** Why the API refused a form or a dialog; `title` replaces the API's own words. Fields that have no place of their own are named. */
export function FormProblem({ error, title }: { error: unknown; title?: string }) {
  if (error === null || error === undefined) return null;
  const requestId = requestIdOf(error);
  const messages = Object.values(fieldMessages(error)).filter((message) => message !== (title ?? describe(error)));
  return (
    <div role="alert">
      <Alert isInline component="p" variant="danger" title={title ?? describe(error)}>
        {messages.map((message) => (
          <p key={message}>{message}</p>
        ))}
        {requestId !== null && (
          <p className="sw-requestid">
            {t('requestId')} <CopyText text={requestId} what={t('requestId')} />
          </p>
        )}
      </Alert>
    </div>
  );
}
