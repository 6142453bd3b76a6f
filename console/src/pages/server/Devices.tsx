import type { Server, ServerDisk, ServerInterface } from '../../api/types';
import { t } from '../../i18n/devices';
import { disk as gib } from '../../i18n/format';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { ActionButton } from './Actions';
import type { OpenDialog } from './ServerDialogs';

interface DevicesProps {
  server: Server;
  open: OpenDialog;
}

/** The disks and interfaces that the server is to have, each with what can be done with it. */
export function Devices({ server, open }: DevicesProps) {
  return (
    <>
      <Card
        title={t('disks.title')}
        end={
          <span className="sw-card__actions">
            <ActionButton action="addDisk" server={server} open={open} variant="link" />
          </span>
        }
      >
        <ul className="sw-stores">
          {server.disks.map((disk) => (
            <DiskItem key={disk.name} disk={disk} server={server} open={open} />
          ))}
        </ul>
      </Card>
      <Card
        title={t('networks.title')}
        end={
          <span className="sw-card__actions">
            <ActionButton action="addNetwork" server={server} open={open} variant="link" />
          </span>
        }
      >
        <ul className="sw-stores">
          {server.networks.map((found) => (
            <InterfaceItem key={found.name} found={found} server={server} open={open} />
          ))}
        </ul>
      </Card>
    </>
  );
}

function DiskItem({ disk, server, open }: DevicesProps & { disk: ServerDisk }) {
  const { name, sizeGiB, storageClass, ready } = disk;
  const root = name === 'root';
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p className="sw-quiet">
          {gib(sizeGiB)}
          {storageClass !== null && ` · ${t('disks.class', { name: storageClass })}`}
          {!ready && ` · ${t('disks.waiting')}`}
        </p>
      </div>
      {!root && (
        <span className="sw-card__actions">
          <ActionButton action="growDataDisk" about={name} of={name} server={server} open={open} variant="link" />
          <ActionButton action="removeDisk" about={name} of={name} server={server} open={open} variant="link" />
        </span>
      )}
    </li>
  );
}

function InterfaceItem({ found, server, open }: DevicesProps & { found: ServerInterface }) {
  const { name, network, mac, addresses } = found;
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p className="sw-quiet">
          {network ?? t('networks.default')} · {mac === null ? t('networks.waiting') : t('networks.mac', { mac })}
        </p>
        {addresses.map((address) => (
          <CopyText key={address} text={address} what={t('networks.address', { address })} />
        ))}
      </div>
      {server.networks.length > 1 && (
        <span className="sw-card__actions">
          <ActionButton action="removeNetwork" about={name} of={name} server={server} open={open} variant="link" />
        </span>
      )}
    </li>
  );
}
