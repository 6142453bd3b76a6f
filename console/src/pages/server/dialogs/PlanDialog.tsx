import { Radio } from '@patternfly/react-core/dist/esm/components/Radio';
import { Skeleton } from '@patternfly/react-core/dist/esm/components/Skeleton';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { plansQuery } from '../../../api/queries';
import type { Plan, Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { disk, memory, money } from '../../../i18n/format';
import { t } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';

export default function PlanDialog({ server, close }: { server: Server; close: () => void }) {
  const plans = useQuery(plansQuery);
  const [chosen, setChosen] = useState(server.plan);
  const { mutate, isPending, error } = useServerChange();
  const go = () =>
    mutate(
      { server, change: { kind: 'update', patch: { plan: chosen } } },
      {
        onSuccess: () => {
          toastDone(t('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('plan.title', { name: server.name })}
      go={t('plan.go')}
      ready={chosen !== server.plan}
      busy={isPending}
      error={error ?? plans.error}
      onSubmit={go}
      close={close}
    >
      <p>{t('plan.lead')}</p>
      <div role="radiogroup" aria-label={t('plan.label')} className="sw-radios">
        {plans.data === undefined && <Skeleton height="8rem" />}
        {plans.data
          ?.filter((plan) => !plan.deprecated || plan.name === server.plan)
          .map((plan) => (
            <Radio
              key={plan.name}
              id={`plan-${plan.name}`}
              name="plan"
              label={plan.name === server.plan ? `${plan.displayName} (${t('plan.current')})` : plan.displayName}
              description={describePlan(plan, server)}
              isChecked={chosen === plan.name}
              onChange={() => setChosen(plan.name)}
            />
          ))}
      </div>
    </Dialog>
  );
}

function describePlan(plan: Plan, server: Server): string {
  const gibibytes = Math.max(plan.diskGiB, server.diskGiB);
  const sizes = t('sizes', { cores: plan.cores, memory: memory(plan.memoryMiB), disk: disk(gibibytes) });
  return `${sizes}, ${plan.price ? t('plan.price', { price: money(plan.price) }) : t('plan.noPrice')}`;
}
