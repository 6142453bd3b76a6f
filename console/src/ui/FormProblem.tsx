import { Alert } from '@patternfly/react-core/dist/esm/components/Alert';
import { t } from '../i18n/shell';
import { CopyText } from './CopyText';
import { describe, requestIdOf } from './ErrorState';

/** Why the API refused a form or a dialog, above its buttons; `title` replaces the API's own words. */
export function FormProblem({ error, title }: { error: unknown; title?: string }) {
  if (error === null || error === undefined) return null;
  const requestId = requestIdOf(error);
  return (
    <div role="alert">
      <Alert isInline component="p" variant="danger" title={title ?? describe(error)}>
        {requestId !== null && (
          <p className="sw-requestid">
            {t('requestId')} <CopyText text={requestId} what={t('requestId')} />
          </p>
        )}
      </Alert>
    </div>
  );
}
