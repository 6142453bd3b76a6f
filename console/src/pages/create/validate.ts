// What is wrong with a draft, before the API is asked. Pure; the API checks again and has the last word.
import type { Network, Plan } from '../../api/types';
import { t } from '../../i18n/create';
import { type Draft, type DraftField, keysOf } from './draft';

export type Wrong = Partial<Record<DraftField, string>>;

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}( .*)?$/;
const MIN_GUEST_PASSWORD = 8;

interface Known {
  plans: Plan[];
  networks: Network[];
  /** Whether the person must say which account. */
  chooseAccount: boolean;
}

export function validate(draft: Draft, known: Known): Wrong {
  const wrong: Wrong = {};
  if (known.chooseAccount && draft.accountId === '') wrong.accountId = t('wrong.account');
  if (draft.plan === '') wrong.plan = t('wrong.plan');
  if (draft.image === '') wrong.image = t('wrong.image');
  if (draft.site === '') wrong.site = t('wrong.site');
  const network = known.networks.find(({ name }) => name === draft.network);
  if (draft.network !== '' && !network?.sites.includes(draft.site)) wrong.network = t('wrong.network');
  const name = draft.name.trim();
  if (name === '') wrong.name = t('wrong.name.empty');
  else if (!NAME.test(name)) wrong.name = t('wrong.name.shape');
  const keys = wrongKeys(draft);
  if (keys !== undefined) wrong.sshKeys = keys;
  if (draft.password !== '' && draft.password.length < MIN_GUEST_PASSWORD) {
    wrong.password = t('wrong.password', { min: MIN_GUEST_PASSWORD });
  }
  const disk = wrongDisk(draft, known.plans);
  if (disk !== undefined) wrong.rootDiskGiB = disk;
  return wrong;
}

function wrongKeys(draft: Draft): string | undefined {
  const keys = keysOf(draft);
  if (keys.length === 0 && draft.password === '') return t('wrong.access');
  const bad = draft.sshKeys.split('\n').findIndex((line) => line.trim() !== '' && !KEY.test(line.trim()));
  return bad === -1 ? undefined : t('wrong.key', { line: bad + 1 });
}

function wrongDisk(draft: Draft, plans: Plan[]): string | undefined {
  const plan = plans.find(({ name }) => name === draft.plan);
  if (draft.rootDiskGiB.trim() === '' || !plan) return undefined;
  const wish = Number(draft.rootDiskGiB);
  const fits = Number.isInteger(wish) && wish >= plan.diskGiB && wish <= plan.maxDiskGiB;
  return fits ? undefined : t('wrong.disk', { min: plan.diskGiB, max: plan.maxDiskGiB });
}
