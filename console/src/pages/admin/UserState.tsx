import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import type { User } from '../../api/types';
import { t } from '../../i18n/admin';

/** Whether the person can sign in. */
export function UserState({ user }: { user: User }) {
  if (user.disabled) return <Label isCompact>{t('user.state.disabled')}</Label>;
  if (!user.hasPassword) {
    return (
      <Label isCompact color="orange">
        {t('user.state.invited')}
      </Label>
    );
  }
  return (
    <Label isCompact color="green">
      {t('user.state.active')}
    </Label>
  );
}
