import { ExpandableSection } from '@patternfly/react-core/dist/esm/components/ExpandableSection';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useState } from 'react';
import type { DeletionPolicy, DriftPolicy, Network, Site } from '../../api/types';
import { t } from '../../i18n/create';
import { t as devices } from '../../i18n/devices';
import { t as settings } from '../../i18n/settings';
import { Field } from '../../ui/Field';
import type { DraftField } from './draft';
import { DraftText } from './DraftText';
import { Section } from './Section';
import type { useCreate } from './use-create';

const DELETIONS: DeletionPolicy[] = ['Delete', 'Retain'];
const DRIFTS: DriftPolicy[] = ['Correct', 'Report'];
/** Typed fields that stand here. */
const HERE: DraftField[] = ['dataDiskGiB', 'deletionGracePeriodHours', 'dnsServers', 'searchDomain', 'antiAffinityGroup'];

interface AdvancedProps {
  form: ReturnType<typeof useCreate>;
  site: Site | undefined;
  networks: Network[];
}

/** What most orders leave as it is. It opens by itself when something in it is wrong. */
export function Advanced({ form, site, networks }: AdvancedProps) {
  const { draft, wrong, set } = form;
  const [opened, setOpened] = useState(false);
  const isWrong = HERE.some((field) => wrong[field] !== undefined);
  const shown = opened || isWrong;
  return (
    <Section title={t('more.title')} hint={t('more.hint')}>
      <ExpandableSection toggleText={t('more.toggle')} isExpanded={shown} onToggle={(_event, next) => setOpened(next)} isIndented>
        {shown && (
          <div className="sw-dialog">
            <DraftText id="dataDiskGiB" form={form} label={t('data.label')} hint={t('data.hint')} />
            {site !== undefined && site.storageClasses.length > 0 && (
              <Field id="dataDiskClass" label={devices('addDisk.class')}>
                <FormSelect
                  id="dataDiskClass"
                  value={draft.dataDiskClass}
                  onChange={(_event, value) => set('dataDiskClass', value)}
                >
                  <FormSelectOption value="" label={devices('addDisk.class.default')} />
                  {site.storageClasses.map((each) => (
                    <FormSelectOption key={each} value={each} label={each} />
                  ))}
                </FormSelect>
              </Field>
            )}
            <Field id="secondNetwork" label={t('second.label')} hint={t('second.hint')}>
              <FormSelect
                id="secondNetwork"
                value={draft.secondNetwork}
                onChange={(_event, value) => set('secondNetwork', value)}
              >
                <FormSelectOption value="" label={t('second.none')} />
                {networks.map(({ name, displayName }) => (
                  <FormSelectOption key={name} value={name} label={displayName} />
                ))}
              </FormSelect>
            </Field>
            <DraftText id="antiAffinityGroup" form={form} label={settings('group.label')} hint={settings('group.hint')} />
            <DraftText id="dnsServers" form={form} label={t('dns.label')} hint={t('dns.hint')} />
            <DraftText id="searchDomain" form={form} label={settings('dns.domain')} />
            <Field id="deletionPolicy" label={settings('deletion.label')}>
              <FormSelect
                id="deletionPolicy"
                value={draft.deletionPolicy}
                onChange={(_event, value) => set('deletionPolicy', value as DeletionPolicy)}
              >
                {DELETIONS.map((policy) => (
                  <FormSelectOption key={policy} value={policy} label={settings(`deletion.${policy}`)} />
                ))}
              </FormSelect>
            </Field>
            {draft.deletionPolicy === 'Delete' && (
              <DraftText
                id="deletionGracePeriodHours"
                form={form}
                label={settings('grace.label')}
                hint={settings('grace.hint')}
              />
            )}
            <Field id="driftPolicy" label={settings('drift.label')}>
              <FormSelect
                id="driftPolicy"
                value={draft.driftPolicy}
                onChange={(_event, value) => set('driftPolicy', value as DriftPolicy)}
              >
                {DRIFTS.map((policy) => (
                  <FormSelectOption key={policy} value={policy} label={settings(`drift.${policy}`)} />
                ))}
              </FormSelect>
            </Field>
          </div>
        )}
      </ExpandableSection>
    </Section>
  );
}
