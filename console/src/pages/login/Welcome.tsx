import type { ReactNode } from 'react';
import { Logo } from '../../ui/Logo';
import { usePageHeading } from '../../ui/Page';

/** The quiet page around what people without a session see: one card in the middle. */
export function Welcome({ title, lead, children, foot }: { title: string; lead?: string; children: ReactNode; foot?: string }) {
  const heading = usePageHeading([title]);
  return (
    <div className="sw-welcome">
      <header>
        <Logo />
      </header>
      <main>
        <div className="sw-welcome__card">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className="sw-lead">{lead}</p>}
          {children}
        </div>
        {foot && <p className="sw-welcome__foot">{foot}</p>}
      </main>
    </div>
  );
}
