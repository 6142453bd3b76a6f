import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { Field } from './Field';

interface TypedNameProps {
  label: string;
  typed: string;
  onType: (next: string) => void;
  /** Not where another control comes first. */
  autoFocus?: boolean;
}

/** What has to be typed before data is lost: the name of the thing, as `label` says. */
export function TypedName({ label, typed, onType, autoFocus = true }: TypedNameProps) {
  return (
    <Field id="confirm-name" label={label}>
      <TextInput
        id="confirm-name"
        value={typed}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        autoFocus={autoFocus}
        onChange={(_event, next) => onType(next)}
      />
    </Field>
  );
}
