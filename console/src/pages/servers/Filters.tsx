import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { allAccountsQuery, type serversQuery } from '../../api/queries';
import { total as counted } from '../../i18n/format';
import { t } from '../../i18n/servers';
import { SearchBox } from '../../table/SearchBox';
import { type ListState, PAGE_SIZES } from '../../table/url-state';
import { Freshness } from '../../ui/Freshness';
import { PHASES } from './phases';

interface FiltersProps {
  list: ListState;
  query: ReturnType<typeof serversQuery>;
  total: number | undefined;
  staff: boolean;
}

/** Above the table: search, filters, how many, how fresh. */
export function Filters({ list, query, total, staff }: FiltersProps) {
  const { set } = list;
  const search = useCallback((value: string) => set({ search: value }), [set]);
  return (
    <search className="sw-toolbar">
      <SearchBox label={t('search')} placeholder={t('search.placeholder')} value={list.get('search') ?? ''} onChange={search} />
      <FormSelect
        className="sw-toolbar__select"
        aria-label={t('filter.phase')}
        value={list.get('phase') ?? ''}
        onChange={(_event, phase) => set({ phase })}
      >
        <FormSelectOption value="" label={t('filter.phase.all')} />
        {PHASES.filter(({ staffOnly }) => staff || staffOnly !== true).map(({ phase, label }) => (
          <FormSelectOption key={phase} value={phase} label={label} />
        ))}
      </FormSelect>
      {staff && <AccountFilter list={list} />}
      <FormSelect
        className="sw-toolbar__rows"
        aria-label={t('filter.perPage')}
        value={String(list.perPage)}
        onChange={(_event, per) => set({ per })}
      >
        {PAGE_SIZES.map((count) => (
          <FormSelectOption key={count} value={String(count)} label={t('filter.perPage.of', { count })} />
        ))}
      </FormSelect>
      <span className="sw-toolbar__end">
        {total !== undefined && <span className="sw-toolbar__count">{t('count', { count: total, total: counted(total) })}</span>}
        <Freshness query={query} />
      </span>
    </search>
  );
}

function AccountFilter({ list }: { list: ListState }) {
  const { data } = useInfiniteQuery(allAccountsQuery);
  const accounts = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <FormSelect
      className="sw-toolbar__select"
      aria-label={t('filter.account')}
      value={list.get('account') ?? ''}
      onChange={(_event, account) => list.set({ account })}
    >
      <FormSelectOption value="" label={t('filter.account.all')} />
      {accounts.map(({ id, name }) => (
        <FormSelectOption key={id} value={id} label={name} />
      ))}
    </FormSelect>
  );
}
