import { Component, type ErrorInfo, type ReactNode } from 'react';
import { t } from '../i18n/shell';
import { Notice } from '../ui/Notice';

/** Catches what a page throws, so that one broken page, or a chunk that a new release removed, is not a white screen. */
export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <Notice title={t('crash.title')} role="alert">
        <p>{t('crash.body')}</p>
        <button className="sw-plainbutton" type="button" onClick={() => location.reload()}>
          {t('crash.reload')}
        </button>
      </Notice>
    );
  }
}
