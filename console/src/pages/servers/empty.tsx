import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { SearchIcon } from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { ServerIcon } from '@patternfly/react-icons/dist/esm/icons/server-icon';
import { t } from '../../i18n/servers';
import { paths } from '../../paths';
import type { ListState } from '../../table/url-state';
import { LinkButton } from '../../ui/LinkButton';
import { Notice } from '../../ui/Notice';

/** The first visit. */
export function NoServers() {
  return (
    <Notice icon={<ServerIcon />} title={t('empty.title')}>
      <p>{t('empty.body')}</p>
      <LinkButton to={paths.createServer()}>{t('create')}</LinkButton>
    </Notice>
  );
}

/** Filters that leave nothing. */
export function NothingFound({ list }: { list: ListState }) {
  const clear = () => list.set({ search: undefined, phase: undefined, account: undefined, site: undefined });
  return (
    <Notice icon={<SearchIcon />} title={t('empty.filtered.title')} role="status">
      <p>{t('empty.filtered.body')}</p>
      <Button variant="secondary" onClick={clear}>
        {t('filter.clear')}
      </Button>
    </Notice>
  );
}
