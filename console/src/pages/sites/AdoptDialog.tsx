import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { Switch } from '@patternfly/react-core/dist/esm/components/Switch';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { adopt as show, refresh } from '../../api/changes';
import { adoptMachine } from '../../api/endpoints';
import { fieldMessages } from '../../api/problem';
import { allAccountsQuery, imagesQuery } from '../../api/queries';
import type { Adoptable, SiteDetail } from '../../api/types';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/adoption';
import { paths } from '../../paths';
import { CopyText } from '../../ui/CopyText';
import { Dialog } from '../../ui/Dialog';
import { described, Field } from '../../ui/Field';

interface AdoptDialogProps {
  site: SiteDetail;
  machine: Adoptable;
  close: () => void;
}

/** Whose server the machine becomes, and under which name. */
export function AdoptDialog({ site, machine, close }: AdoptDialogProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const accounts = useInfiniteQuery(allAccountsQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const images = useQuery(imagesQuery).data ?? [];
  const [accountId, setAccountId] = useState('');
  const [name, setName] = useState(machine.becomes?.name ?? '');
  const [image, setImage] = useState('');
  const [movePool, setMovePool] = useState(false);
  const leavesPool = machine.becomes?.leavesPool === true;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      adoptMachine(site.name, { vmid: machine.vmid, accountId, name: name.trim(), movePool, ...(image !== '' && { image }) }),
    onSuccess: (accepted) => {
      show(client, accepted);
      client.setQueryData(['server', accepted.server.id], accepted.server);
      refresh(client, accepted.server.id);
      void client.invalidateQueries({ queryKey: ['adoptable', site.name] });
      toastDone(t('done', { name: accepted.server.name }));
      void navigate(paths.server(accepted.server.id));
    },
  });
  const refused = fieldMessages(error);
  const shown = ['name', 'image', 'accountId'].some((field) => refused[field] !== undefined);
  return (
    <Dialog
      title={t('dialog.title', { name: machine.name })}
      go={t('dialog.go')}
      ready={accountId !== '' && name.trim() !== '' && (!leavesPool || movePool)}
      busy={isPending}
      error={shown ? null : error}
      onSubmit={() => mutate()}
      close={close}
    >
      <p>{t('dialog.lead')}</p>
      <Field id="adopt-account" label={t('dialog.account')} error={refused['accountId']} required>
        <FormSelect
          id="adopt-account"
          value={accountId}
          {...described('adopt-account', refused['accountId'])}
          onChange={(_event, value) => setAccountId(value)}
        >
          <FormSelectOption value="" label={t('dialog.account.choose')} isPlaceholder />
          {accounts.map((account) => (
            <FormSelectOption key={account.id} value={account.id} label={account.name} />
          ))}
        </FormSelect>
      </Field>
      <Field id="adopt-name" label={t('dialog.name')} hint={t('dialog.name.hint')} error={refused['name']} required>
        <TextInput
          id="adopt-name"
          value={name}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          validated={refused['name'] === undefined ? 'default' : 'error'}
          {...described('adopt-name', refused['name'], '')}
          onChange={(_event, value) => setName(value)}
        />
      </Field>
      <Field id="adopt-image" label={t('dialog.image')} hint={t('dialog.image.hint')} error={refused['image']}>
        <FormSelect
          id="adopt-image"
          value={image}
          {...described('adopt-image', refused['image'], '')}
          onChange={(_event, value) => setImage(value)}
        >
          <FormSelectOption value="" label={t('dialog.image.unknown')} />
          {images.map((each) => (
            <FormSelectOption key={each.name} value={each.name} label={each.displayName} />
          ))}
        </FormSelect>
      </Field>
      {leavesPool && (
        <Switch
          id="adopt-pool"
          label={t('dialog.pool', { pool: machine.pool ?? '' })}
          isChecked={movePool}
          onChange={(_event, value) => setMovePool(value)}
        />
      )}
      {machine.command !== null && (
        <div>
          <p>{t('dialog.command')}</p>
          <CopyText block text={machine.command} what={t('dialog.command.what')} />
        </div>
      )}
    </Dialog>
  );
}
