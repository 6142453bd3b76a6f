import type { ReactNode } from 'react';

/** One question of the create page. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section className="sw-card">
      <h2>{title}</h2>
      {hint && <p className="sw-lead">{hint}</p>}
      {children}
    </section>
  );
}
