import { CheckCircleIcon } from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { InfoCircleIcon } from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import { useQuery } from '@tanstack/react-query';
import { serverPlanQuery } from '../../api/queries';
import { useMe } from '../../app/me';
import type { Condition, Server } from '../../api/types';
import { t } from '../../i18n/detail';
import { explain } from '../../i18n/reasons';
import { Card } from '../../ui/Card';
import { TimeAgo } from '../../ui/time';
import { type Finding, findings } from './findings';

const ICONS: Record<Finding['tone'], React.ReactNode> = {
  good: <CheckCircleIcon className="sw-good" />,
  info: <InfoCircleIcon className="sw-info" />,
  bad: <ExclamationCircleIcon className="sw-bad" />,
};

/** The conditions in words for people: what is going on and what to do; the raw ones one click away. */
export function Health({ server }: { server: Server }) {
  const found = findings(server);
  const { staff } = useMe();
  const { data: plan } = useQuery({ ...serverPlanQuery(server), enabled: staff && !server.ready });
  const waiting = server.ready ? null : (plan?.waiting ?? null);
  return (
    <Card title={t('conditions.title')}>
      <ul className="sw-findings">
        {found.map((finding) => (
          <FindingItem key={finding.condition?.type ?? 'fine'} finding={finding} />
        ))}
      </ul>
      {staff && waiting && (
        <p className="sw-break">
          <strong>{t('conditions.staff')}</strong> {waiting.message}
        </p>
      )}
      {server.conditions.length > 0 && (
        <details className="sw-details">
          <summary>{t('conditions.details')}</summary>
          <ul className="sw-raw">
            {server.conditions.map((condition) => (
              <Raw key={condition.type} condition={condition} />
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function FindingItem({ finding: { tone, text, condition } }: { finding: Finding }) {
  const reason = condition && tone !== 'good' ? explain(condition.reason) : null;
  return (
    <li>
      {ICONS[tone]}
      <div>
        <p>
          <strong>{text}</strong>{' '}
          {condition && (
            <span className="sw-quiet">
              <TimeAgo at={condition.lastTransitionTime} />
            </span>
          )}
        </p>
        {reason?.next && <p>{reason.what}</p>}
        {reason && condition && condition.message !== '' && condition.message !== reason.what && (
          <p className="sw-break">{condition.message}</p>
        )}
        {reason?.next && (
          <p>
            <em>{t('conditions.next')}</em> {reason.next}
          </p>
        )}
      </div>
    </li>
  );
}

function Raw({ condition }: { condition: Condition }) {
  return (
    <li>
      <code>
        {condition.type}={condition.status} {condition.reason}
      </code>
      {condition.message !== '' && <p className="sw-break">{condition.message}</p>}
    </li>
  );
}
