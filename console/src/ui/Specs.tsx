import type { ReactNode } from 'react';

/** A list of terms and what they are; a row with an empty term continues the one before. Falsy rows are left out. */
export function Specs({ rows }: { rows: ([term: string, value: ReactNode] | false | null | undefined)[] }) {
  const groups: { term: string; values: ReactNode[] }[] = [];
  for (const row of rows) {
    if (!row) continue;
    const [term, value] = row;
    if (term === '') groups.at(-1)?.values.push(value);
    else groups.push({ term, values: [value] });
  }
  return (
    <dl className="sw-specs">
      {groups.map(({ term, values }) => (
        <div key={term}>
          <dt>{term}</dt>
          {values.map((value, index) => (
            // The order of the values never changes within a group.
            <dd key={index}>{value}</dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
