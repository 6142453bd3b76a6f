import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { described, Field } from '../../ui/Field';
import type { Draft, DraftField } from './draft';
import type { useCreate } from './use-create';

/** Fields of the draft that are typed in one line. */
type TypedField = { [F in DraftField]: string extends Draft[F] ? F : never }[DraftField];

interface DraftTextProps {
  id: TypedField;
  form: ReturnType<typeof useCreate>;
  label: string;
  hint?: string | undefined;
}

/** A line of an order's draft, with what is wrong with it. */
export function DraftText({ id, form: { draft, wrong, set }, label, hint }: DraftTextProps) {
  return (
    <Field id={id} label={label} hint={hint} error={wrong[id]}>
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
}
