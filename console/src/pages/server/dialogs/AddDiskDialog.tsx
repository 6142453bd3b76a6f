import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { plansQuery, sitesQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/devices';
import { t as words } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';
import { checkName } from '../device-names';
import { checkDisk } from './DiskDialog';

export default function AddDiskDialog({ server, close }: { server: Server; close: () => void }) {
  const plan = useQuery(plansQuery).data?.find(({ name }) => name === server.plan);
  const classes = useQuery(sitesQuery).data?.find(({ name }) => name === server.site)?.storageClasses ?? [];
  const [name, setName] = useState('');
  const [size, setSize] = useState('');
  const [storageClass, setStorageClass] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const room = plan ? roomIn(server, plan.maxDiskGiB) : null;
  const full = room !== null && room <= 0;
  const refused = fieldMessages(error);
  const wrongName = checkName(name, server.disks);
  const wrongSize = checkDisk(size, 0, room);
  const shownName = refused['disks.0.name'] ?? (name === '' ? undefined : wrongName);
  const shownSize = refused['disks.0.sizeGiB'] ?? refused['disks'] ?? (size === '' ? undefined : wrongSize);
  const hint = room === null ? undefined : t('addDisk.room', { room });
  const go = () =>
    mutate(
      {
        server,
        change: {
          kind: 'update',
          patch: { disks: [{ name, sizeGiB: Number(size), ...(storageClass !== '' && { storageClass }) }] },
        },
      },
      {
        onSuccess: () => {
          toastDone(words('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('addDisk.title', { name: server.name })}
      go={t('addDisk.go')}
      ready={!full && wrongName === undefined && wrongSize === undefined}
      busy={isPending}
      error={Object.keys(refused).length === 0 ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t(full ? 'addDisk.full' : 'addDisk.lead')}</p>
      {!full && (
        <>
          <Field id="disk-name" label={t('addDisk.name')} hint={t('name.hint')} error={shownName}>
            <TextInput
              id="disk-name"
              value={name}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              autoFocus
              placeholder="data"
              validated={shownName === undefined ? 'default' : 'error'}
              {...described('disk-name', shownName, '')}
              onChange={(_event, next) => setName(next)}
            />
          </Field>
          <Field id="disk-size" label={t('addDisk.size')} hint={hint} error={shownSize}>
            <TextInput
              id="disk-size"
              type="number"
              inputMode="numeric"
              min={1}
              max={room ?? undefined}
              value={size}
              validated={shownSize === undefined ? 'default' : 'error'}
              {...described('disk-size', shownSize, hint)}
              onChange={(_event, next) => setSize(next)}
            />
          </Field>
          {classes.length > 0 && (
            <Field id="disk-class" label={t('addDisk.class')} error={refused['disks.0.storageClass']}>
              <FormSelect id="disk-class" value={storageClass} onChange={(_event, next) => setStorageClass(next)}>
                <FormSelectOption value="" label={t('addDisk.class.default')} />
                {classes.map((each) => (
                  <FormSelectOption key={each} value={each} label={each} />
                ))}
              </FormSelect>
            </Field>
          )}
        </>
      )}
    </Dialog>
  );
}

/** What the plan's bound leaves beside the disks that the server has, in GiB; `grown` does not count. */
export function roomIn(server: Server, maxDiskGiB: number, grown?: string): number {
  return server.disks.filter(({ name }) => name !== grown).reduce((left, disk) => left - disk.sizeGiB, maxDiskGiB);
}
