// Names of disks and interfaces, before the API is asked. Pure.
import { t } from '../../i18n/devices';

const NAME = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

/** Why `typed` names no new disk or interface; undefined when it does. */
export function checkName(typed: string, taken: { name: string }[]): string | undefined {
  if (!NAME.test(typed)) return t('name.wrong');
  return taken.some(({ name }) => name === typed) ? t('name.taken') : undefined;
}
