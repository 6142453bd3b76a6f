import { useQuery } from '@tanstack/react-query';
import { serverPlanQuery } from '../../api/queries';
import type { AuthoredDrift, Server } from '../../api/types';
import { t } from '../../i18n/stores';
import { Card } from '../../ui/Card';
import { TimeAgo } from '../../ui/time';

/** Staff sees which settings somebody changed on the hypervisor, who it was, and how to end it. */
export function DriftCard({ server }: { server: Server }) {
  const drifted = server.drift.length > 0;
  const { data: plan } = useQuery({ ...serverPlanQuery(server), enabled: drifted });
  if (!drifted) return null;
  const authorOf = (field: string) => plan?.drift.find((drift) => drift.field === field);
  return (
    <Card title={t('drift.title')} tone="warn">
      <p>{t(`drift.lead.${server.driftPolicy}`)}</p>
      <table className="sw-plain">
        <thead>
          <tr>
            <th scope="col">{t('drift.field')}</th>
            <th scope="col">{t('drift.wanted')}</th>
            <th scope="col">{t('drift.found')}</th>
            <th scope="col">{t('drift.by')}</th>
          </tr>
        </thead>
        <tbody>
          {server.drift.map(({ field, wanted, found }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td className="sw-break">{wanted}</td>
              <td className="sw-break">{found}</td>
              <td className="sw-break">
                <ChangedBy author={authorOf(field)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function ChangedBy({ author }: { author: AuthoredDrift | undefined }) {
  if (!author || author.by === null) return <span className="sw-quiet">{t('drift.unknown')}</span>;
  return (
    <>
      {author.by} {author.at !== null && <TimeAgo at={author.at} />}
    </>
  );
}
