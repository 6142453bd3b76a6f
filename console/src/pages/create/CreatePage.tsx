// `/servers/new`: everything on one page, with the price beside it.
import { Skeleton } from '@patternfly/react-core/dist/esm/components/Skeleton';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Plan } from '../../api/types';
import { allAccountsQuery, imagesQuery, networksQuery, plansQuery, sitesQuery } from '../../api/queries';
import { useMe } from '../../app/me';
import { t } from '../../i18n/create';
import { t as lists } from '../../i18n/servers';
import { paths } from '../../paths';
import { ErrorState } from '../../ui/ErrorState';
import { Page } from '../../ui/Page';
import { type Catalogue, CreateForm } from './CreateForm';

const CRUMBS = [{ label: lists('title'), to: paths.servers() }];

export default function CreatePage() {
  const me = useMe();
  const plans = useQuery(plansQuery);
  const images = useQuery(imagesQuery);
  const sites = useQuery(sitesQuery);
  const networks = useQuery(networksQuery);
  const accounts = useInfiniteQuery({ ...allAccountsQuery, enabled: me.staff });
  const all = me.staff ? [plans, images, sites, networks, accounts] : [plans, images, sites, networks];
  const failed = all.find((query) => query.isError && query.data === undefined);

  let body = <Outline />;
  if (failed) {
    body = <ErrorState error={failed.error} retry={() => all.forEach((query) => void query.refetch())} />;
  } else if (plans.data && images.data && sites.data && networks.data && (!me.staff || accounts.data)) {
    const catalogue: Catalogue = {
      plans: plans.data.filter((plan) => !plan.deprecated).toSorted(bySize),
      images: images.data.filter((image) => !image.deprecated),
      sites: sites.data,
      networks: networks.data,
      accounts: accounts.data?.pages.flatMap((page) => page.items) ?? me.accounts,
    };
    body = <CreateForm me={me} catalogue={catalogue} />;
  }
  return (
    <Page title={t('title')} crumbs={CRUMBS}>
      {body}
    </Page>
  );
}

function Outline() {
  return (
    <div className="sw-create">
      <div className="sw-create__form">
        <Skeleton height="16rem" />
        <Skeleton height="12rem" />
      </div>
      <Skeleton height="20rem" />
    </div>
  );
}

/** The smallest first: nobody should order the largest by accident. */
function bySize(a: Plan, b: Plan): number {
  return a.cores - b.cores || a.memoryMiB - b.memoryMiB || a.diskGiB - b.diskGiB;
}
