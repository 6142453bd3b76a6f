import { Switch } from '@patternfly/react-core/dist/esm/components/Switch';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { t } from '../../i18n/create';
import { t as size } from '../../i18n/verbs';
import { described, Field } from '../../ui/Field';
import type { SizeField } from './draft';
import type { useCreate } from './use-create';

const FIELDS: { id: SizeField; label: string; hint?: string }[] = [
  { id: 'cores', label: size('size.cores') },
  { id: 'memoryMiB', label: size('size.memory') },
  { id: 'diskGiB', label: size('size.disk') },
  { id: 'networkMbps', label: size('size.mbps'), hint: size('size.mbps.hint') },
];

/** Staff may give a server a size outside the plans. */
export function OwnSize({ form: { draft, wrong, set } }: { form: ReturnType<typeof useCreate> }) {
  return (
    <>
      <div>
        <Switch
          id="ownSize"
          label={t('ownSize.label')}
          isChecked={draft.ownSize}
          onChange={(_event, value) => set('ownSize', value)}
        />
        <p className="sw-quiet">{t('ownSize.hint')}</p>
      </div>
      {draft.ownSize &&
        FIELDS.map(({ id, label, hint }) => (
          <Field key={id} id={id} label={label} hint={hint} error={wrong[id]} required={id !== 'networkMbps'}>
            <TextInput
              id={id}
              type="number"
              inputMode="numeric"
              value={draft[id]}
              validated={wrong[id] === undefined ? 'default' : 'error'}
              {...described(id, wrong[id], hint)}
              onChange={(_event, value) => set(id, value)}
            />
          </Field>
        ))}
    </>
  );
}
