import { Skeleton } from '@patternfly/react-core/dist/esm/components/Skeleton';
import { t } from '../i18n/shell';

/** While a page's code loads: its title and body in outline. */
export function PageSkeleton() {
  return (
    <div className="sw-page" aria-busy="true">
      <Skeleton width="12rem" height="2rem" screenreaderText={t('loading')} />
      <Skeleton height="18rem" />
    </div>
  );
}
