import { type ReactNode, useId } from 'react';

interface CardProps {
  title: string;
  /** At the end of the title's line. */
  end?: ReactNode;
  tone?: 'busy' | 'bad' | 'warn';
  children: ReactNode;
}

/** A titled block of a page. */
export function Card({ title, end, tone, children }: CardProps) {
  const id = useId();
  return (
    <section className={tone ? `sw-card sw-card--${tone}` : 'sw-card'} aria-labelledby={id}>
      <div className="sw-card__head">
        <h2 id={id}>{title}</h2>
        {end}
      </div>
      {children}
    </section>
  );
}
