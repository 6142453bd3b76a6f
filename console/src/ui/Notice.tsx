import type { ReactNode } from 'react';

interface NoticeProps {
  icon?: ReactNode;
  title: string;
  role?: 'alert' | 'status';
  children: ReactNode;
}

/** A calm block in the middle of a page: nothing here yet, nothing found, or it failed. Always says what to do next. */
export function Notice({ icon, title, role, children }: NoticeProps) {
  return (
    <section className="sw-notice" role={role}>
      {icon && (
        <span className="sw-notice__icon" aria-hidden="true">
          {icon}
        </span>
      )}
      <h2>{title}</h2>
      {children}
    </section>
  );
}
