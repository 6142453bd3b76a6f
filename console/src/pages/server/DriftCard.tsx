import type { Server } from '../../api/types';
import { t } from '../../i18n/stores';
import { Card } from '../../ui/Card';
import { TimeAgo } from '../../ui/time';

/** Staff sees which settings somebody changed on the hypervisor, who it was, and how to end it. */
export function DriftCard({ server }: { server: Server }) {
  if (server.drift.length === 0) return null;
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
          {server.drift.map(({ field, wanted, found, by, at }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td className="sw-break">{wanted}</td>
              <td className="sw-break">{found}</td>
              <td className="sw-break">
                {by ?? <span className="sw-quiet">{t('drift.unknown')}</span>} {at !== null && <TimeAgo at={at} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
