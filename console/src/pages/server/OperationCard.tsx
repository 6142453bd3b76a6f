import { isDeleted, isUnfinished } from '../../api/status';
import type { Operation, Server } from '../../api/types';
import { clock, dateTime, duration } from '../../i18n/format';
import { t } from '../../i18n/operation';
import { explain } from '../../i18n/reasons';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { OperationStatusLabel, operationName } from '../../ui/operations';
import { TimeAgo, useNow } from '../../ui/time';

/** The operation that goes on, step by step, or the last one if it failed. */
export function OperationCard({ server }: { server: Server }) {
  const { operation } = server;
  // Of a deleted server, only what destroys it is still news.
  if (!operation || (isDeleted(server) && operation.kind !== 'purge')) return null;
  const going = isUnfinished(operation);
  if (!going && operation.status !== 'failed') return null;
  return (
    <Card
      title={`${t(going ? 'card.title' : 'card.failed')}: ${operationName(operation)}`}
      tone={going ? 'busy' : 'bad'}
      end={
        <span className="sw-card__actions">
          {going && <Elapsed since={operation.createdAt} />}
          <OperationStatusLabel operation={operation} />
        </span>
      }
    >
      <Cause operation={operation} />
      {operation.progress.length > 0 && <Steps operation={operation} />}
      <p className="sw-quiet sw-meta">
        <span>
          {t('card.by', { who: operation.requestedBy?.email ?? t('who.unknown') })} · <TimeAgo at={operation.createdAt} />
        </span>
        {!operation.id.startsWith('expected-') && (
          <span>
            {t('card.id')} <CopyText text={operation.id} what={t('card.id')} />
          </span>
        )}
      </p>
    </Card>
  );
}

function Cause({ operation }: { operation: Operation }) {
  const { reason, message } = operation;
  if (reason === null && message === null) return null;
  const explained = reason === null ? null : explain(reason);
  return (
    <div>
      {explained?.next && (
        <p>
          <strong>{explained.what}</strong> {explained.next}
        </p>
      )}
      {message !== null && <p>{message}</p>}
    </div>
  );
}

function Steps({ operation }: { operation: Operation }) {
  const last = operation.progress.length - 1;
  const going = isUnfinished(operation);
  return (
    <ol className="sw-steps" aria-label={t('card.steps')} aria-live="polite">
      {operation.progress.map((step, index) => (
        <li key={`${step.at}-${step.reason}`} className={index === last && going ? 'sw-steps__now' : undefined}>
          <time dateTime={step.at} title={dateTime(step.at)}>
            {clock(Date.parse(step.at))}
          </time>
          <span>{step.message || step.reason}</span>
        </li>
      ))}
    </ol>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return <span className="sw-quiet sw-number">{t('card.elapsed', { duration: duration(now - Date.parse(since)) })}</span>;
}
