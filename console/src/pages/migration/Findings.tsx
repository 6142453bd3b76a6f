import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { findingsQuery } from '../../api/queries';
import type { MigrationFinding, MigrationRunDetail } from '../../api/types';
import { t } from '../../i18n/migration';
import { paths } from '../../paths';
import { type Column, DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';

const columns: Column<MigrationFinding>[] = [
  {
    key: 'row',
    label: t('finding.row'),
    width: '18%',
    cell: ({ legacyTable, legacyId }) => (
      <code>
        {legacyTable} {legacyId}
      </code>
    ),
  },
  {
    key: 'code',
    label: t('finding.code'),
    width: '20%',
    cell: ({ code, outcome }) => (
      <div className="sw-two">
        <code>{code}</code>
        {outcome === 'conflict' && <span>{t('finding.conflict')}</span>}
      </div>
    ),
  },
  { key: 'reason', label: t('finding.reason'), width: '40%', cell: ({ reason }) => reason },
  {
    key: 'about',
    label: t('finding.about'),
    width: '22%',
    cell: ({ serverId, serverName, accountId, accountName, userId, userEmail }) => (
      <div className="sw-links">
        {serverId !== null && <Link to={paths.server(serverId)}>{t('finding.server', { name: serverName ?? '' })}</Link>}
        {accountId !== null && <Link to={paths.account(accountId)}>{t('finding.account', { name: accountName ?? '' })}</Link>}
        {userId !== null && <Link to={paths.user(userId)}>{t('finding.user', { email: userEmail ?? '' })}</Link>}
      </div>
    ),
  },
];

/** What the run found, of one kind or of all; the kind and the page stand in the address. */
export function Findings({ run }: { run: MigrationRunDetail }) {
  const list = useListState();
  const code = run.codes.find((each) => each.code === list.get('code'))?.code;
  const query = findingsQuery(run.id, { limit: list.perPage, cursor: list.cursor, code });
  const { data, error, refetch, isPlaceholderData } = useQuery(query);
  if (data?.total === 0 && code === undefined) {
    return (
      <Notice title={t('findings.none')} role="status">
        <p>{t('findings.none.body')}</p>
      </Notice>
    );
  }
  return (
    <>
      <p className="sw-quiet">{t('next')}</p>
      <search className="sw-toolbar">
        <FormSelect
          className="sw-toolbar__select"
          aria-label={t('findings.code')}
          value={code ?? ''}
          onChange={(_event, chosen) => list.set({ code: chosen })}
        >
          <FormSelectOption value="" label={t('findings.all')} />
          {run.codes.map((each) => (
            <FormSelectOption key={each.code} value={each.code} label={t('findings.code.of', each)} />
          ))}
        </FormSelect>
      </search>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label={t('findings.title')}
          columns={columns}
          rows={data?.items}
          rowKey={({ position }) => String(position)}
          dimmed={isPlaceholderData}
        />
      )}
      {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
    </>
  );
}
