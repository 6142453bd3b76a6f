import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { ExclamationTriangleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { ApiError, Unreachable } from '../api/problem';
import { t } from '../i18n/shell';
import { CopyText } from './CopyText';
import { Notice } from './Notice';

/** A failure in words for people: what happened and what to do. */
export function describe(error: unknown): string {
  if (error instanceof Unreachable) return t('error.unreachable');
  if (!(error instanceof ApiError)) return t('error.unexpected');
  if (error.kind === 'too-many-requests') return t('error.wait', { count: error.retryAfter ?? 60 });
  if (error.kind === 'internal') return t('error.internal');
  return error.detail;
}

/** The id that a provider needs to find this failure in the logs. */
export function requestIdOf(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null;
}

/** In place of what could not be loaded. */
export function ErrorState({ error, retry }: { error: unknown; retry: () => void }) {
  const requestId = requestIdOf(error);
  return (
    <Notice icon={<ExclamationTriangleIcon />} title={t('error.title')} role="alert">
      <p>{describe(error)}</p>
      {requestId !== null && (
        <p>
          {t('requestId')} <CopyText text={requestId} what={t('requestId')} />
        </p>
      )}
      <Button onClick={retry}>{t('retry')}</Button>
    </Notice>
  );
}
