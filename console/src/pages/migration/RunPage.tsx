// `/admin/migrations/:id`, for staff: one run, and what it found that a person has to look at.
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ApiError } from '../../api/problem';
import { migrationQuery } from '../../api/queries';
import type { MigrationRunDetail } from '../../api/types';
import { dateTime } from '../../i18n/format';
import { t } from '../../i18n/migration';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PageSkeleton } from '../../ui/PageSkeleton';
import { Specs } from '../../ui/Specs';
import { Findings } from './Findings';
import { RunState } from './RunState';

const CRUMBS = [{ label: t('title'), to: paths.migrations() }];

export default function RunPage() {
  const { id = '' } = useParams();
  const { data: run, error, refetch } = useQuery(migrationQuery(id));
  if (run) {
    return (
      <Page title={t('run.title', { date: dateTime(run.startedAt) })} crumbs={CRUMBS} beside={<RunState run={run} />}>
        <Overview run={run} />
        <Findings run={run} />
      </Page>
    );
  }
  if (!error) return <PageSkeleton />;
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <Page title={missing ? t('run.missing') : t('title')} crumbs={CRUMBS}>
      {missing ? (
        <Notice title={t('run.missing')} role="alert">
          <p>{t('run.missing.body')}</p>
        </Notice>
      ) : (
        <ErrorState error={error} retry={() => void refetch()} />
      )}
    </Page>
  );
}

function Overview({ run }: { run: MigrationRunDetail }) {
  const { created, changed, unchanged, conflicts } = run;
  return (
    <Card title={t('run.overview')}>
      <Specs
        rows={[
          [t('column.source'), run.source],
          [t('run.actor'), run.actor],
          run.finishedAt !== null && [t('run.finished'), dateTime(run.finishedAt)],
          run.sealedAt !== null && [t('run.sealed'), dateTime(run.sealedAt)],
          [t('column.rows'), t('run.rows', { created, changed, unchanged, conflicts })],
        ]}
      />
    </Card>
  );
}
