// What is wrong with a draft, before the API is asked. Pure; the API checks again and has the last word.
import type { Network, Plan } from '../../api/types';
import { t } from '../../i18n/create';
import { t as settings } from '../../i18n/settings';
import { type Draft, type DraftField, keysOf, serversOf } from './draft';

export type Wrong = Partial<Record<DraftField, string>>;

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}( .*)?$/;
const MIN_GUEST_PASSWORD = 8;
const MAX_NAME_SERVERS = 3;

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
  const data = wrongDataDisk(draft, known.plans);
  if (data !== undefined) wrong.dataDiskGiB = data;
  const hours = Number(draft.deletionGracePeriodHours);
  const isHours = draft.deletionGracePeriodHours.trim() !== '' && Number.isInteger(hours) && hours >= 0 && hours <= 720;
  if (draft.deletionPolicy === 'Delete' && !isHours) wrong.deletionGracePeriodHours = settings('grace.wrong');
  if (serversOf(draft).length > MAX_NAME_SERVERS) wrong.dnsServers = t('wrong.dns', { max: MAX_NAME_SERVERS });
  const group = draft.antiAffinityGroup.trim();
  if (group !== '' && !NAME.test(group)) wrong.antiAffinityGroup = t('wrong.name.shape');
  return wrong;
}

/** The plan bounds the sum of all disks. */
function wrongDataDisk(draft: Draft, plans: Plan[]): string | undefined {
  const plan = plans.find(({ name }) => name === draft.plan);
  if (draft.dataDiskGiB.trim() === '' || !plan) return undefined;
  const root = draft.rootDiskGiB.trim() === '' ? plan.diskGiB : Number(draft.rootDiskGiB);
  const [wish, max] = [Number(draft.dataDiskGiB), plan.maxDiskGiB - root];
  return Number.isInteger(wish) && wish >= 1 && wish <= max ? undefined : t('wrong.data', { max });
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
