import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import type { Plan } from '../../api/types';
import { t } from '../../i18n/create';
import { disk, memory, money } from '../../i18n/format';
import { t as words } from '../../i18n/server';
import { FormProblem } from '../../ui/FormProblem';
import { Specs } from '../../ui/Specs';
import type { Catalogue } from './CreateForm';
import { keysOf, sizeOf } from './draft';
import type { useCreate } from './use-create';

interface SummaryProps {
  catalogue: Catalogue;
  form: ReturnType<typeof useCreate>;
  plan: Plan | undefined;
}

/** Beside the form: what will be made, what it costs, and the button. */
export function Summary({ catalogue, form, plan }: SummaryProps) {
  const { draft, wrong } = form;
  const missing = <span className="sw-quiet">{t('summary.missing')}</span>;
  const nameOf = (items: { name: string; displayName: string }[], name: string) =>
    items.find((item) => item.name === name)?.displayName ?? missing;
  const access = [
    keysOf(draft).length > 0 ? t('summary.keys', { count: keysOf(draft).length }) : '',
    draft.password === '' ? '' : t('summary.password'),
  ].filter(Boolean);
  const size = draft.ownSize ? sizeOf(draft) : plan && { ...plan, diskGiB: Number(draft.rootDiskGiB) || plan.diskGiB };
  const mistakes = Object.keys(wrong).length;
  return (
    <aside className="sw-card sw-summary" aria-label={t('summary.title')}>
      <h2>{t('summary.title')}</h2>
      <Specs
        rows={[
          [t('summary.name'), draft.name.trim() || missing],
          [t('summary.plan'), draft.ownSize ? t('summary.ownSize') : (plan?.displayName ?? missing)],
          size && ['', words('sizes', { cores: size.cores, memory: memory(size.memoryMiB), disk: disk(size.diskGiB) })],
          [t('summary.image'), nameOf(catalogue.images, draft.image)],
          [t('summary.site'), nameOf(catalogue.sites, draft.site)],
          [t('summary.network'), draft.network === '' ? t('network.default') : nameOf(catalogue.networks, draft.network)],
          [t('summary.access'), access.length === 0 ? missing : access.join(', ')],
        ]}
      />
      <p className="sw-summary__total">
        <span>{t('summary.total')}</span>
        <strong>{plan?.price ? money(plan.price) : t('price.none')}</strong>
      </p>
      {mistakes > 0 && (
        <p className="sw-bad" role="alert">
          {t('fix.title', { count: mistakes })}
        </p>
      )}
      <FormProblem error={form.problem} />
      <Button type="submit" isBlock size="lg" isLoading={form.busy} isAriaDisabled={form.busy}>
        {t(form.busy ? 'submitting' : 'submit')}
      </Button>
      <p className="sw-quiet">
        {t('draft')}{' '}
        <Button variant="link" isInline onClick={form.startOver}>
          {t('draft.clear')}
        </Button>
      </p>
    </aside>
  );
}
