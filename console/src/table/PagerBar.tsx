import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { AngleDoubleLeftIcon } from '@patternfly/react-icons/dist/esm/icons/angle-double-left-icon';
import { AngleLeftIcon } from '@patternfly/react-icons/dist/esm/icons/angle-left-icon';
import { AngleRightIcon } from '@patternfly/react-icons/dist/esm/icons/angle-right-icon';
import { total as counted } from '../i18n/format';
import { t } from '../i18n/shell';
import type { Pager } from './url-state';

interface PagerBarProps {
  pager: Pager;
  shown: number;
  total: number;
  nextCursor: string | null;
}

/** "51–100 of 240" with the ways to the other pages; absent when everything is on one. */
export function PagerBar({ pager, shown, total, nextCursor }: PagerBarProps) {
  if (!pager.first && nextCursor === null) return null;
  const { first, previous, next } = pager;
  const range = { from: shown === 0 ? 0 : pager.offset + 1, to: pager.offset + shown, total: counted(total) };
  return (
    <nav className="sw-pager" aria-label={t('pager.label')}>
      <span>{t('pager.range', range)}</span>
      <Button
        variant="plain"
        aria-label={t('pager.first')}
        icon={<AngleDoubleLeftIcon />}
        isAriaDisabled={!first}
        onClick={first}
      />
      <Button
        variant="plain"
        aria-label={t('pager.previous')}
        icon={<AngleLeftIcon />}
        isAriaDisabled={!previous}
        onClick={previous}
      />
      <Button
        variant="plain"
        aria-label={t('pager.next')}
        icon={<AngleRightIcon />}
        isAriaDisabled={nextCursor === null}
        onClick={() => nextCursor !== null && next(nextCursor)}
      />
    </nav>
  );
}
