import { t } from '../i18n/shell';

/** The mark, a hull on its slipway, and the name. */
export function Logo() {
  return (
    <span className="sw-logo">
      <img src="/assets/slipway.svg" alt="" width="28" height="28" />
      <span>{t('product')}</span>
    </span>
  );
}
