import type { ReactNode } from 'react';

export interface Choice {
  value: string;
  title: string;
  detail?: ReactNode;
  /** At the end of the card: a price. */
  end?: ReactNode;
}

interface ChoicesProps {
  id: string;
  label: string;
  choices: Choice[];
  value: string;
  error?: string;
  wide?: boolean;
  onChange: (value: string) => void;
}

/** Radio buttons that look like cards: arrows move, the whole card is the label. */
export function Choices({ id, label, choices, value, error, wide = false, onChange }: ChoicesProps) {
  return (
    <div
      id={id}
      role="radiogroup"
      aria-label={label}
      aria-invalid={error !== undefined}
      aria-describedby={error === undefined ? undefined : `${id}-error`}
      className={wide ? 'sw-choices sw-choices--wide' : 'sw-choices'}
    >
      {choices.map((choice) => (
        <label key={choice.value} className="sw-choice">
          <input
            type="radio"
            name={id}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span className="sw-choice__title">{choice.title}</span>
          {choice.end && <span className="sw-choice__end">{choice.end}</span>}
          {choice.detail && <span className="sw-choice__detail">{choice.detail}</span>}
        </label>
      ))}
      {error !== undefined && (
        <p className="sw-bad" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
