import { CheckCircleIcon } from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import type { SiteDetail } from '../../api/types';
import { t } from '../../i18n/site';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { TimeAgo } from '../../ui/time';

/** What a feature lacks, with the line that gives it. */
export function Doctor({ site: { doctor } }: { site: SiteDetail }) {
  const ill = doctor.filter(({ ok }) => !ok);
  const well = doctor.length - ill.length;
  return (
    <Card title={t('doctor.title')} tone={ill.length > 0 ? 'warn' : undefined}>
      {doctor.length === 0 && <p className="sw-quiet">{t('doctor.empty')}</p>}
      <ul className="sw-findings">
        {ill.map(({ feature, message, fix }) => (
          <li key={`${feature} ${message}`}>
            <ExclamationCircleIcon className="sw-bad" />
            <div>
              <p>
                <strong>{feature}</strong> {message}
              </p>
              {fix !== '' && <CopyText block text={fix} what={t('doctor.fix')} />}
            </div>
          </li>
        ))}
        {well > 0 && (
          <li>
            <CheckCircleIcon className="sw-good" />
            <p>{t('doctor.fine', { count: well })}</p>
          </li>
        )}
      </ul>
    </Card>
  );
}

/** Numbers that are set aside, with what root types to free them. */
export function Quarantine({ site: { quarantine } }: { site: SiteDetail }) {
  return (
    <Card title={t('quarantine.title')} tone={quarantine.length > 0 ? 'warn' : undefined}>
      {quarantine.length === 0 ? (
        <p className="sw-quiet">{t('quarantine.empty')}</p>
      ) : (
        <>
          <ul className="sw-stores">
            {quarantine.map(({ vmid, reason, command, since }) => (
              <li key={vmid}>
                <div>
                  <p>
                    <strong>{t('vm', { vmid: String(vmid) })}</strong>{' '}
                    <span className="sw-quiet">
                      <TimeAgo at={since} />
                    </span>
                  </p>
                  <p>{reason}</p>
                  <CopyText block text={command} what={t('quarantine.command')} />
                </div>
              </li>
            ))}
          </ul>
          <p>
            <em>{t('next')}</em> {t('quarantine.next')}
          </p>
        </>
      )}
    </Card>
  );
}

/** Machines that nothing accounts for. */
export function Orphans({ site: { orphans } }: { site: SiteDetail }) {
  return (
    <Card title={t('orphans.title')} tone={orphans.length > 0 ? 'warn' : undefined}>
      {orphans.length === 0 ? (
        <p className="sw-quiet">{t('orphans.empty')}</p>
      ) : (
        <>
          <ul className="sw-stores">
            {orphans.map(({ vmid, node, name, why, since }) => (
              <li key={vmid}>
                <div>
                  <p>
                    <strong>{t('vm.on', { vmid: String(vmid), node, name })}</strong>{' '}
                    <span className="sw-quiet">
                      <TimeAgo at={since} />
                    </span>
                  </p>
                  <p>{why}</p>
                </div>
              </li>
            ))}
          </ul>
          <p>
            <em>{t('next')}</em> {t('orphans.next')}
          </p>
        </>
      )}
    </Card>
  );
}
