// `/profile`: who the person is, how the console looks, and the password.
import { useMe } from '../../app/me';
import { setTheme, type Theme, useTheme } from '../../app/theme';
import { t } from '../../i18n/profile';
import { t as shell } from '../../i18n/shell';
import { Card } from '../../ui/Card';
import { Choices } from '../../ui/Choices';
import { Page } from '../../ui/Page';
import { Specs } from '../../ui/Specs';
import { PasswordForm } from './PasswordForm';

const THEMES: Theme[] = ['light', 'dark', 'system'];

export default function ProfilePage() {
  const me = useMe();
  const theme = useTheme();
  const accounts = me.accounts.map(({ name, role }) => `${name} (${t(`role.${role}`)})`);
  return (
    <Page title={t('title')}>
      <div className="sw-columns">
        <div className="sw-column">
          <Card title={t('who.title')}>
            <Specs
              rows={[
                [t('who.name'), me.name],
                [t('who.email'), me.email],
                me.staff && [t('who.staff'), t('who.staff.yes')],
                [t('who.accounts'), accounts.length > 0 ? accounts.join(', ') : t('who.accounts.none')],
              ]}
            />
          </Card>
          <Card title={t('theme.title')}>
            <Choices
              id="theme"
              label={shell('theme.label')}
              choices={THEMES.map((value) => ({ value, title: shell(`theme.${value}`) }))}
              value={theme}
              onChange={(value) => setTheme(value as Theme)}
            />
          </Card>
        </div>
        <div className="sw-column">
          <PasswordForm />
        </div>
      </div>
    </Page>
  );
}
