import { useQuery } from '@tanstack/react-query';
import { imagesQuery } from '../../api/queries';
import { isDeleted } from '../../api/status';
import type { Server } from '../../api/types';
import { t } from '../../i18n/detail';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';

const FALLBACK_USER = 'root';

/** How to get onto the server, ready to paste. */
export function Connect({ server }: { server: Server }) {
  const images = useQuery(imagesQuery);
  if (isDeleted(server)) return null;
  const user = images.data?.find((image) => image.name === server.image)?.defaultUser ?? FALLBACK_USER;
  const [address] = server.addresses;
  return (
    <Card title={t('connect.title')}>
      {address === undefined ? (
        <p className="sw-quiet">{t('connect.waiting')}</p>
      ) : (
        <>
          <CopyText block text={`ssh ${user}@${address}`} what={t('connect.ssh')} />
          {server.powerState === 'stopped' && <p className="sw-quiet">{t('connect.stopped')}</p>}
        </>
      )}
    </Card>
  );
}
