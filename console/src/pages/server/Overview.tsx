import { useMe } from '../../app/me';
import type { Server } from '../../api/types';
import { t } from '../../i18n/detail';
import { disk, memory } from '../../i18n/format';
import { t as words } from '../../i18n/server';
import { t as lists } from '../../i18n/servers';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { Specs } from '../../ui/Specs';
import { TimeAgo } from '../../ui/time';
import { ActionButton } from './Actions';
import type { OpenDialog } from './ServerDialogs';

/** What it is, where it is, whose it is. */
export function Overview({ server, open }: { server: Server; open: OpenDialog }) {
  const me = useMe();
  const several = me.staff || me.accounts.length > 1;
  return (
    <Card
      title={t('specs.title')}
      end={
        <span className="sw-card__actions">
          <ActionButton action="changePlan" server={server} open={open} variant="link" label={t('specs.changePlan')} />
          <ActionButton action="growDisk" server={server} open={open} variant="link" label={t('specs.growDisk')} />
        </span>
      }
    >
      <Specs
        rows={[
          [t('specs.plan'), server.plan === '' ? t('specs.plan.own') : server.plan],
          ['', words('sizes', { cores: server.cores, memory: memory(server.memoryMiB), disk: disk(server.diskGiB) })],
          [t('specs.image'), server.image === '' ? t('specs.image.unknown') : server.image],
          [t('specs.power'), t(`specs.power.${server.powerState}`)],
          [
            t('specs.site'),
            server.region === null || server.region === server.site ? server.site : `${server.site}, ${server.region}`,
          ],
          [t('specs.network'), server.network ?? t('specs.network.default')],
          ...addressRows(server),
          several && [t('specs.account'), server.accountName ?? lists('account.unassigned')],
          [t('specs.created'), <TimeAgo key="created" at={server.createdAt} />],
          [t('specs.origin'), t(`specs.origin.${server.origin}`)],
          [
            t('specs.object'),
            <CopyText key="object" text={`${server.namespace}/${server.objectName}`} what={t('specs.object.what')} />,
          ],
          [t('specs.id'), <CopyText key="id" text={server.id} what={t('specs.id.what')} />],
          me.staff &&
            server.vmid !== null && [
              t('specs.vmid'),
              t('specs.vmid.value', { vmid: String(server.vmid), node: server.node ?? '?' }),
            ],
        ]}
      />
    </Card>
  );
}

function addressRows(server: Server): [string, React.ReactNode][] {
  return server.addresses.map((address, index) => [
    index === 0 ? t('specs.addresses') : '',
    <CopyText key={address} text={address} what={t('connect.address', { address })} />,
  ]);
}
