import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { Switch } from '@patternfly/react-core/dist/esm/components/Switch';
import { TextArea } from '@patternfly/react-core/dist/esm/components/TextArea';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import type { FormEvent } from 'react';
import type { Image, Me, Network, Plan, RunPolicy, Site } from '../../api/types';
import { t } from '../../i18n/create';
import { bandwidth, date, disk, memory, money } from '../../i18n/format';
import { t as settings } from '../../i18n/settings';
import { described, Field } from '../../ui/Field';
import { PasswordInput } from '../../ui/PasswordInput';
import { type Choice, Choices } from '../../ui/Choices';
import { Advanced } from './Advanced';
import { OwnSize } from './OwnSize';
import { Place } from './Place';
import { Section } from './Section';
import { Summary } from './Summary';
import { useCreate } from './use-create';

export interface Catalogue {
  plans: Plan[];
  images: Image[];
  sites: Site[];
  networks: Network[];
  accounts: { id: string; name: string }[];
}

const POLICIES: RunPolicy[] = ['Managed', 'Running', 'Stopped'];

export function CreateForm({ me, catalogue }: { me: Me; catalogue: Catalogue }) {
  const form = useCreate(me, catalogue);
  const { draft, wrong, set } = form;
  const plan = draft.ownSize ? undefined : catalogue.plans.find(({ name }) => name === draft.plan);
  const networks = catalogue.networks.filter(({ sites }) => sites.includes(draft.site));
  const chooseAccount = me.staff || catalogue.accounts.length > 1;
  const diskHint = plan && t('disk.hint', { min: plan.diskGiB, max: plan.maxDiskGiB });

  function submit(event: FormEvent): void {
    event.preventDefault();
    form.submit();
  }

  return (
    <Form noValidate className="sw-create" onSubmit={submit}>
      <div className="sw-create__form">
        <Section title={t('plan.title')} hint={t('plan.hint')}>
          {!draft.ownSize && (
            <Choices
              id="plan"
              label={t('plan.title')}
              choices={catalogue.plans.map(planChoice)}
              value={draft.plan}
              error={wrong.plan}
              wide
              onChange={(value) => set('plan', value)}
            />
          )}
          {me.staff && <OwnSize form={form} />}
        </Section>
        <Section title={t('image.title')} hint={t('image.hint')}>
          <Choices
            id="image"
            label={t('image.title')}
            choices={catalogue.images.map(imageChoice)}
            value={draft.image}
            error={wrong.image}
            onChange={(value) => set('image', value)}
          />
        </Section>
        <Section title={t('site.title')} hint={t('site.hint')}>
          <Choices
            id="site"
            label={t('site.title')}
            choices={catalogue.sites.map(siteChoice)}
            value={draft.site}
            error={wrong.site}
            onChange={(value) => set('site', value)}
          />
          <Field id="network" label={t('network.label')} error={wrong.network}>
            <FormSelect
              id="network"
              value={draft.network}
              validated={wrong.network === undefined ? 'default' : 'error'}
              {...described('network', wrong.network)}
              onChange={(_event, value) => set('network', value)}
            >
              <FormSelectOption value="" label={t('network.default')} />
              {networks.map(({ name, displayName }) => (
                <FormSelectOption key={name} value={name} label={displayName} />
              ))}
            </FormSelect>
          </Field>
        </Section>
        <Section title={t('access.title')} hint={t('access.hint')}>
          <Field id="sshKeys" label={t('keys.label')} hint={t('keys.hint')} error={wrong.sshKeys}>
            <TextArea
              id="sshKeys"
              className="sw-mono"
              value={draft.sshKeys}
              rows={3}
              resizeOrientation="vertical"
              placeholder={t('keys.placeholder')}
              spellCheck={false}
              autoComplete="off"
              validated={wrong.sshKeys === undefined ? 'default' : 'error'}
              {...described('sshKeys', wrong.sshKeys, '')}
              onChange={(_event, value) => set('sshKeys', value)}
            />
          </Field>
          <Field id="password" label={t('password.label')} hint={t('password.hint')} error={wrong.password}>
            <PasswordInput
              id="password"
              autoComplete="new-password"
              value={draft.password}
              error={wrong.password}
              hint={t('password.hint')}
              onChange={(value) => set('password', value)}
            />
          </Field>
        </Section>
        <Section title={t('server.title')}>
          <Field id="name" label={t('name.label')} hint={t('name.hint')} error={wrong.name} required>
            <TextInput
              id="name"
              value={draft.name}
              placeholder="web-1"
              spellCheck={false}
              autoCapitalize="off"
              autoComplete="off"
              validated={wrong.name === undefined ? 'default' : 'error'}
              {...described('name', wrong.name, '')}
              onChange={(_event, value) => set('name', value)}
            />
          </Field>
          {chooseAccount && (
            <Field id="accountId" label={t('account.label')} error={wrong.accountId} required>
              <FormSelect
                id="accountId"
                value={draft.accountId}
                validated={wrong.accountId === undefined ? 'default' : 'error'}
                {...described('accountId', wrong.accountId)}
                onChange={(_event, value) => set('accountId', value)}
              >
                <FormSelectOption value="" label={t('account.choose')} isPlaceholder />
                {catalogue.accounts.map(({ id, name }) => (
                  <FormSelectOption key={id} value={id} label={name} />
                ))}
              </FormSelect>
            </Field>
          )}
          {!draft.ownSize && (
            <Field id="rootDiskGiB" label={t('disk.label')} hint={diskHint} error={wrong.rootDiskGiB}>
              <TextInput
                id="rootDiskGiB"
                type="number"
                inputMode="numeric"
                value={draft.rootDiskGiB}
                placeholder={plan && String(plan.diskGiB)}
                min={plan?.diskGiB}
                max={plan?.maxDiskGiB}
                validated={wrong.rootDiskGiB === undefined ? 'default' : 'error'}
                {...described('rootDiskGiB', wrong.rootDiskGiB, diskHint)}
                onChange={(_event, value) => set('rootDiskGiB', value)}
              />
            </Field>
          )}
          <Field
            id="runPolicy"
            label={t('policy.label')}
            hint={settings(`policy.${draft.runPolicy}.hint`)}
            error={wrong.runPolicy}
          >
            <FormSelect id="runPolicy" value={draft.runPolicy} onChange={(_event, value) => set('runPolicy', value as RunPolicy)}>
              {POLICIES.map((policy) => (
                <FormSelectOption key={policy} value={policy} label={settings(`policy.${policy}`)} />
              ))}
            </FormSelect>
          </Field>
          <div>
            <Switch
              id="deletionProtection"
              label={t('protection.label')}
              isChecked={draft.deletionProtection}
              onChange={(_event, value) => set('deletionProtection', value)}
            />
            <p className="sw-quiet">{t('protection.hint')}</p>
          </div>
        </Section>
        {me.staff && <Place form={form} />}
        <Advanced form={form} site={catalogue.sites.find(({ name }) => name === draft.site)} networks={networks} />
      </div>
      <Summary catalogue={catalogue} form={form} plan={plan} />
    </Form>
  );
}

function planChoice(plan: Plan): Choice {
  const parts = [t('plan.cores', { count: plan.cores }), t('plan.memory', { memory: memory(plan.memoryMiB) })];
  parts.push(t('plan.disk', { disk: disk(plan.diskGiB) }));
  if (plan.networkMbps !== null) parts.push(t('plan.network', { speed: bandwidth(plan.networkMbps) }));
  return {
    value: plan.name,
    title: plan.displayName,
    end: plan.price ? t('price.month', { price: money(plan.price) }) : t('price.none'),
    detail: parts.join(' · '),
  };
}

function imageChoice(image: Image): Choice {
  return {
    value: image.name,
    title: image.displayName,
    detail: image.endOfLife === null ? undefined : t('image.endOfLife', { date: date(image.endOfLife) }),
  };
}

function siteChoice(site: Site): Choice {
  return { value: site.name, title: site.displayName, detail: site.ready ? site.region : t('site.notReady') };
}
