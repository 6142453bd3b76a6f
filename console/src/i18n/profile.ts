import { catalogue } from './catalogue';

/** Texts of the person's own page. */
export const t = catalogue({
  title: 'Your profile',
  'who.title': 'You',
  'who.name': 'Name',
  'who.email': 'Email',
  'who.staff': 'Rights',
  'who.staff.yes': 'staff: every account',
  'who.accounts': 'Accounts',
  'who.accounts.none': 'none yet; ask your provider',
  'role.owner': 'owner',
  'role.member': 'member',
  'theme.title': 'Appearance',
  'password.title': 'Change your password',
  'password.lead': 'You stay signed in here; every other session of yours ends.',
  'password.current': 'Current password',
  'password.new': 'New password',
  'password.again': 'New password, again',
  'password.go': 'Change the password',
  'password.wrong': 'This is not your current password.',
  'password.done': 'Your password is changed',
});
