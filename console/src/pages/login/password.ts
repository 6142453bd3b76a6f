import { t } from '../../i18n/login';

/** The shortest password that the API accepts, in characters. */
export const MIN_PASSWORD = 10;

/** What is wrong with a new password that was typed twice; empty when nothing is. */
export function checkNewPassword(password: string, again: string): { password?: string; again?: string } {
  if (password.length < MIN_PASSWORD) return { password: t('set.tooShort', { min: MIN_PASSWORD }) };
  return password === again ? {} : { again: t('set.different') };
}
