import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { refusal } from '../../api/can';
import { useServerChange } from '../../api/changes';
import { manifestQuery } from '../../api/queries';
import type { Keeper, Server } from '../../api/types';
import { useOnline } from '../../app/online';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/git';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { ErrorState } from '../../ui/ErrorState';
import { FormProblem } from '../../ui/FormProblem';

/** The server as a manifest for Git, and who decides about it. */
export function GitCard({ server }: { server: Server }) {
  const [shown, setShown] = useState(false);
  const { data, error, refetch } = useQuery({ ...manifestQuery(server), enabled: shown });
  const held = server.gitManagers.length > 0;
  return (
    <Card title={t('title')}>
      <p className="sw-quiet">{held ? t('held', { managers: server.gitManagers.join(', ') }) : t('free')}</p>
      {shown && data !== undefined && <CopyText block text={data} what={t('manifest')} />}
      {shown && data === undefined && error !== null && <ErrorState error={error} retry={() => void refetch()} />}
      <div className="sw-row">
        <Button variant="secondary" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {t(shown ? 'hide' : 'show')}
        </Button>
        {held && <HandOver server={server} to="git" />}
        {held && <HandOver server={server} to="dashboard" />}
      </div>
    </Card>
  );
}

function HandOver({ server, to }: { server: Server; to: Keeper }) {
  const { mutate, isPending, error } = useServerChange();
  const impossible = refusal('settings', server, useOnline()) !== null;
  const go = () =>
    mutate({ server, change: { kind: 'handOver', to } }, { onSuccess: () => toastDone(t(`done.${to}`, { name: server.name })) });
  return (
    <>
      <FormProblem error={error} />
      <Button variant="link" isInline isLoading={isPending} isAriaDisabled={isPending || impossible} onClick={go}>
        {t(`to.${to}`)}
      </Button>
    </>
  );
}
