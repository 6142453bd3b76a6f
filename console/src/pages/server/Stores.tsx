import type { Backup, DetachedDisk, Server, Snapshot } from '../../api/types';
import { bytes, dateTime } from '../../i18n/format';
import { t } from '../../i18n/stores';
import { Card } from '../../ui/Card';
import { TimeAgo } from '../../ui/time';
import { ActionButton } from './Actions';
import type { OpenDialog } from './ServerDialogs';

interface StoresProps {
  server: Server;
  open: OpenDialog;
}

/** What a server has in store, each thing with what can be done with it. */
export function Stores({ server, open }: StoresProps) {
  return (
    <>
      <Card
        title={t('snapshots.title')}
        end={
          <Buttons>
            <ActionButton action="snapshot" server={server} open={open} variant="link" />
          </Buttons>
        }
      >
        {server.snapshots.length === 0 ? (
          <p className="sw-quiet">{t('snapshots.empty')}</p>
        ) : (
          <>
            <ul className="sw-stores">
              {server.snapshots.map((snapshot) => (
                <SnapshotItem key={snapshot.name} snapshot={snapshot} server={server} open={open} />
              ))}
            </ul>
            <p className="sw-quiet">{t('snapshots.addresses')}</p>
          </>
        )}
      </Card>
      <Card
        title={t('backups.title')}
        end={
          <Buttons>
            <ActionButton action="backup" server={server} open={open} variant="link" />
          </Buttons>
        }
      >
        {server.backups.length === 0 ? (
          <p className="sw-quiet">{t('backups.empty')}</p>
        ) : (
          <ul className="sw-stores">
            {server.backups.map((backup) => (
              <BackupItem key={backup.id} backup={backup} server={server} open={open} />
            ))}
          </ul>
        )}
      </Card>
      <Card title={t('disks.title')}>
        {server.detachedDisks.length === 0 ? (
          <p className="sw-quiet">{t('disks.empty')}</p>
        ) : (
          <ul className="sw-stores">
            {server.detachedDisks.map((disk) => (
              <DiskItem key={disk.name} disk={disk} server={server} open={open} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

function SnapshotItem({ snapshot, server, open }: StoresProps & { snapshot: Snapshot }) {
  const { name, createdAt, includesMemory } = snapshot;
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p className="sw-quiet">
          <TimeAgo at={createdAt} />
          {includesMemory && ` · ${t('snapshots.memory')}`}
        </p>
      </div>
      <Buttons>
        <ActionButton action="rollback" about={name} of={name} server={server} open={open} variant="link" />
        <ActionButton action="deleteSnapshot" about={name} of={name} server={server} open={open} variant="link" />
      </Buttons>
    </li>
  );
}

function BackupItem({ backup, server, open }: StoresProps & { backup: Backup }) {
  const made = dateTime(backup.createdAt);
  return (
    <li>
      <div>
        <strong>{made}</strong>
        <p className="sw-quiet">
          {bytes(backup.sizeBytes)}
          {backup.protected && ` · ${t('backups.protected')}`}
        </p>
        <p className="sw-quiet sw-break">{backup.id}</p>
      </div>
      <Buttons>
        <ActionButton action="restore" about={backup.id} of={made} server={server} open={open} variant="link" />
        {!backup.protected && (
          <ActionButton action="deleteBackup" about={backup.id} of={made} server={server} open={open} variant="link" />
        )}
      </Buttons>
    </li>
  );
}

function DiskItem({ disk, server, open }: StoresProps & { disk: DetachedDisk }) {
  const { name, until } = disk;
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p className="sw-quiet">{until === null ? t('disks.kept') : t('disks.until', { date: dateTime(until) })}</p>
      </div>
      <Buttons>
        <ActionButton action="putBack" about={name} of={name} server={server} open={open} variant="link" />
        <ActionButton action="destroyDisk" about={name} of={name} server={server} open={open} variant="link" />
      </Buttons>
    </li>
  );
}

function Buttons({ children }: { children: React.ReactNode }) {
  return <span className="sw-card__actions">{children}</span>;
}
