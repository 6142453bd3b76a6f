import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useQuery } from '@tanstack/react-query';
import { siteQuery } from '../../api/queries';
import { t } from '../../i18n/create';
import { t as verbs } from '../../i18n/verbs';
import { described, Field } from '../../ui/Field';
import { DraftText } from './DraftText';
import { Section } from './Section';
import type { useCreate } from './use-create';

/** What staff alone decides: the node, and the addresses. */
export function Place({ form }: { form: ReturnType<typeof useCreate> }) {
  const { draft, wrong, set } = form;
  const site = useQuery({ ...siteQuery(draft.site), enabled: draft.site !== '' });
  const nodes = site.data?.nodes.filter(({ online }) => online) ?? [];
  return (
    <Section title={t('place.title')} hint={t('place.hint')}>
      <Field id="wantedNode" label={t('place.node')} hint={t('place.node.hint')} error={wrong.wantedNode}>
        <FormSelect
          id="wantedNode"
          value={draft.wantedNode}
          validated={wrong.wantedNode === undefined ? 'default' : 'error'}
          {...described('wantedNode', wrong.wantedNode, '')}
          onChange={(_event, value) => set('wantedNode', value)}
        >
          <FormSelectOption value="" label={t('place.node.any')} />
          {nodes.map(({ name, cordoned }) => (
            <FormSelectOption key={name} value={name} label={cordoned ? verbs('migrate.cordoned', { node: name }) : name} />
          ))}
        </FormSelect>
      </Field>
      <DraftText id="address" form={form} label={t('place.address')} hint={t('place.address.hint')} />
      <DraftText id="address6" form={form} label={t('place.address6')} hint={t('place.address6.hint')} />
    </Section>
  );
}
