// Short messages at the lower edge, where they cover neither the masthead nor a table's head. Failures stay until
// they are dismissed and carry "Try again" and the request id.
import { Alert, AlertActionCloseButton, AlertActionLink } from '@patternfly/react-core/dist/esm/components/Alert';
import { useEffect, useSyncExternalStore } from 'react';
import { t } from '../i18n/shell';
import { CopyText } from '../ui/CopyText';
import { describe, requestIdOf } from '../ui/ErrorState';

interface Toast {
  id: number;
  title: string;
  error?: unknown;
  retry?: () => void;
}

const SHOWN_MS = 6_000;
const MAX = 4;
let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function update(next: Toast[]): void {
  toasts = next.slice(-MAX);
  for (const listener of listeners) listener();
}

function dismiss(id: number): void {
  update(toasts.filter((toast) => toast.id !== id));
}

export function toastDone(title: string): void {
  update([...toasts, { id: nextId++, title }]);
}

export function toastFailed(title: string, error: unknown, retry?: () => void): void {
  update([...toasts, { id: nextId++, title, error, retry }]);
}

export function clearToasts(): void {
  update([]);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <section className="sw-toasts" aria-label={t('toast.region')} aria-live="polite">
      {shown.map((toast) => (
        <ToastAlert key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastAlert({ toast }: { toast: Toast }) {
  const failed = 'error' in toast && toast.error !== undefined;
  useEffect(() => {
    if (failed) return;
    const timer = setTimeout(() => dismiss(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [failed, toast.id]);
  const requestId = requestIdOf(toast.error);
  const retry = toast.retry;
  return (
    <Alert
      component="p"
      variant={failed ? 'danger' : 'success'}
      title={toast.title}
      actionClose={
        <AlertActionCloseButton aria-label={t('toast.dismiss', { title: toast.title })} onClose={() => dismiss(toast.id)} />
      }
      actionLinks={
        retry && (
          <AlertActionLink
            onClick={() => {
              dismiss(toast.id);
              retry();
            }}
          >
            {t('retry')}
          </AlertActionLink>
        )
      }
    >
      {failed && <p>{describe(toast.error)}</p>}
      {requestId !== null && (
        <p className="sw-requestid">
          {t('requestId')} <CopyText text={requestId} what={t('requestId')} />
        </p>
      )}
    </Alert>
  );
}
