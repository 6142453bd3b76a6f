import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useQuery } from '@tanstack/react-query';
import { siteQuery } from '../../api/queries';
import { t } from '../../i18n/create';
import { t as verbs } from '../../i18n/verbs';
import { described, Field } from '../../ui/Field';
import { Section } from './Section';
import type { useCreate } from './use-create';

/** What staff alone decides: the node, and the addresses. */
export function Place({ form: { draft, wrong, set } }: { form: ReturnType<typeof useCreate> }) {
  const site = useQuery({ ...siteQuery(draft.site), enabled: draft.site !== '' });
  const nodes = site.data?.nodes.filter(({ online }) => online) ?? [];
  const address = (id: 'address' | 'address6', hint: string) => (
    <Field id={id} label={t(`place.${id}`)} hint={hint} error={wrong[id]}>
      <TextInput
        id={id}
        value={draft[id]}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        validated={wrong[id] === undefined ? 'default' : 'error'}
        {...described(id, wrong[id], hint)}
        onChange={(_event, value) => set(id, value)}
      />
    </Field>
  );
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
      {address('address', t('place.address.hint'))}
      {address('address6', t('place.address6.hint'))}
    </Section>
  );
}
