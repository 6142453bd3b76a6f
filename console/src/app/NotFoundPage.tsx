import { Link } from 'react-router';
import { t } from '../i18n/shell';
import { paths } from '../paths';
import { Page } from '../ui/Page';

export function NotFoundPage() {
  return (
    <Page title={t('notFound.title')} lead={t('notFound.body')}>
      <p>
        <Link to={paths.servers()}>{t('notFound.home')}</Link>
      </p>
    </Page>
  );
}
