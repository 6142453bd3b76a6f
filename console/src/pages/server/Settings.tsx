import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { Switch } from '@patternfly/react-core/dist/esm/components/Switch';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { type FormEvent, useState } from 'react';
import { refusal } from '../../api/can';
import { useServerChange } from '../../api/changes';
import { ApiError, fieldMessages } from '../../api/problem';
import type { DeletionPolicy, DriftPolicy, RunPolicy, Server } from '../../api/types';
import { useMe } from '../../app/me';
import { useOnline } from '../../app/online';
import { toastDone } from '../../app/toasts';
import { t as words } from '../../i18n/server';
import { t } from '../../i18n/settings';
import { t as shell } from '../../i18n/shell';
import { Card } from '../../ui/Card';
import { described, Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';
import { asUpdate, hoursOf, type Wishes, wishesOf } from './wishes';

const POLICIES: RunPolicy[] = ['Managed', 'Running', 'Stopped'];
const DELETIONS: DeletionPolicy[] = ['Delete', 'Retain'];
const DRIFTS: DriftPolicy[] = ['Correct', 'Report'];

/** The standing wishes. What is being edited stays as typed when a poll brings news. */
export function Settings({ server }: { server: Server }) {
  const { staff } = useMe();
  const [edits, setEdits] = useState<Partial<Wishes>>({});
  const { mutate, isPending, error, reset } = useServerChange();
  const wishes = { ...wishesOf(server), ...edits };
  const update = asUpdate(server, wishes);
  const dirty = Object.keys(update).length > 0 || hoursOf(wishes) === null;
  const reason = refusal('settings', server, useOnline());
  const refused = fieldMessages(error);
  const badHours = hoursOf(wishes) === null ? t('grace.wrong') : refused['deletionGracePeriodHours'];
  const badName = error instanceof ApiError && error.kind === 'name-taken' ? error.detail : refused['name'];
  const edit = <K extends keyof Wishes>(field: K, value: Wishes[K]) => setEdits((old) => ({ ...old, [field]: value }));

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!dirty || isPending || reason !== null || hoursOf(wishes) === null) return;
    mutate(
      { server, change: { kind: 'update', patch: update } },
      {
        onSuccess: () => {
          setEdits({});
          toastDone(t('saved', { name: server.name }));
        },
      },
    );
  }

  return (
    <Card title={t('title')}>
      <Form noValidate onSubmit={submit}>
        <FormProblem error={badName === undefined && Object.keys(refused).length === 0 ? error : null} />
        <Field id="runPolicy" label={t('policy.label')} hint={t(`policy.${wishes.runPolicy}.hint`)} error={refused['runPolicy']}>
          <FormSelect id="runPolicy" value={wishes.runPolicy} onChange={(_event, value) => edit('runPolicy', value as RunPolicy)}>
            {POLICIES.map((policy) => (
              <FormSelectOption key={policy} value={policy} label={t(`policy.${policy}`)} />
            ))}
          </FormSelect>
        </Field>
        <div>
          <Switch
            id="deletionProtection"
            label={t('protection.label')}
            isChecked={wishes.deletionProtection}
            onChange={(_event, value) => edit('deletionProtection', value)}
          />
          <p className="sw-quiet">{t(wishes.deletionProtection ? 'protection.on' : 'protection.off')}</p>
        </div>
        <Field id="deletionPolicy" label={t('deletion.label')} error={refused['deletionPolicy']}>
          <FormSelect
            id="deletionPolicy"
            value={wishes.deletionPolicy}
            onChange={(_event, value) => edit('deletionPolicy', value as DeletionPolicy)}
          >
            {DELETIONS.map((policy) => (
              <FormSelectOption key={policy} value={policy} label={t(`deletion.${policy}`)} />
            ))}
          </FormSelect>
        </Field>
        {wishes.deletionPolicy === 'Delete' && (
          <Field id="grace" label={t('grace.label')} hint={t('grace.hint')} error={badHours}>
            <TextInput
              id="grace"
              type="number"
              inputMode="numeric"
              value={wishes.deletionGracePeriodHours}
              min={0}
              max={720}
              validated={badHours === undefined ? 'default' : 'error'}
              {...described('grace', badHours, '')}
              onChange={(_event, value) => edit('deletionGracePeriodHours', value)}
            />
          </Field>
        )}
        <Field id="name" label={t('name.label')} hint={t('name.hint')} error={badName}>
          <TextInput
            id="name"
            value={wishes.name}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            validated={badName === undefined ? 'default' : 'error'}
            {...described('name', badName, '')}
            onChange={(_event, value) => edit('name', value)}
          />
        </Field>
        <Text
          id="dnsServers"
          label={t('dns.servers')}
          hint={t('dns.hint')}
          error={refused['dns.servers']}
          edit={edit}
          wishes={wishes}
        />
        <Text id="searchDomain" label={t('dns.domain')} error={refused['dns.searchDomain']} edit={edit} wishes={wishes} />
        <Text
          id="antiAffinityGroup"
          label={t('group.label')}
          hint={t('group.hint')}
          error={refused['antiAffinityGroup']}
          edit={edit}
          wishes={wishes}
        />
        <Field id="driftPolicy" label={t('drift.label')} error={refused['driftPolicy']}>
          <FormSelect
            id="driftPolicy"
            value={wishes.driftPolicy}
            onChange={(_event, value) => edit('driftPolicy', value as DriftPolicy)}
          >
            {DRIFTS.map((policy) => (
              <FormSelectOption key={policy} value={policy} label={t(`drift.${policy}`)} />
            ))}
          </FormSelect>
        </Field>
        {staff && (
          <>
            <Text
              id="wantedNode"
              label={t('node.label')}
              hint={t('node.hint')}
              error={refused['wantedNode']}
              edit={edit}
              wishes={wishes}
            />
            <div>
              <Switch
                id="paused"
                label={t('paused.label')}
                isChecked={wishes.paused}
                onChange={(_event, value) => edit('paused', value)}
              />
              <p className="sw-quiet">{t(wishes.paused ? 'paused.on' : 'paused.off')}</p>
            </div>
          </>
        )}
        {(dirty || isPending) && (
          <div className="sw-row">
            <Button type="submit" isLoading={isPending} isAriaDisabled={isPending || reason !== null || badHours !== undefined}>
              {shell('save')}
            </Button>
            <Button
              variant="link"
              onClick={() => {
                setEdits({});
                reset();
              }}
            >
              {t('reset')}
            </Button>
            <span className="sw-quiet">{reason === null ? t('unsaved') : words(`refusal.${reason}`)}</span>
          </div>
        )}
      </Form>
    </Card>
  );
}

interface TextProps {
  id: 'dnsServers' | 'searchDomain' | 'antiAffinityGroup' | 'wantedNode';
  label: string;
  hint?: string;
  error: string | undefined;
  wishes: Wishes;
  edit: (field: TextProps['id'], value: string) => void;
}

/** A wish that is typed. */
function Text({ id, label, hint, error, wishes, edit }: TextProps) {
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <TextInput
        id={id}
        value={wishes[id]}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        validated={error === undefined ? 'default' : 'error'}
        {...described(id, error, hint)}
        onChange={(_event, value) => edit(id, value)}
      />
    </Field>
  );
}
