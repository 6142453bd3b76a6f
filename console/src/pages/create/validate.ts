// What is wrong with a draft, before the API is asked. Pure; the API checks again and has the last word.
import type { Network, Plan } from '../../api/types';
import { t } from '../../i18n/create';
import { t as settings } from '../../i18n/settings';
import { type Draft, type DraftField, keysOf, serversOf, type SizeField } from './draft';

export type Wrong = Partial<Record<DraftField, string>>;

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}( .*)?$/;
/** The API parses addresses; this only keeps out what cannot be one. */
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i;
/** As in the API's description of a size. */
const SIZES: Record<SizeField, { min: number; max: number }> = {
  cores: { min: 1, max: 512 },
  memoryMiB: { min: 128, max: 16_777_216 },
  diskGiB: { min: 1, max: 131_072 },
  networkMbps: { min: 1, max: 400_000 },
};
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
  if (draft.ownSize) Object.assign(wrong, wrongSize(draft));
  else if (draft.plan === '') wrong.plan = t('wrong.plan');
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
  if (draft.address.trim() !== '' && !IPV4.test(draft.address.trim())) wrong.address = t('wrong.address');
  if (draft.address6.trim() !== '' && !IPV6.test(draft.address6.trim())) wrong.address6 = t('wrong.address6');
  return wrong;
}

function wrongSize(draft: Draft): Wrong {
  const wrong: Wrong = {};
  for (const field of Object.keys(SIZES) as SizeField[]) {
    if (field === 'networkMbps' && draft.networkMbps.trim() === '') continue;
    const [{ min, max }, wish] = [SIZES[field], Number(draft[field])];
    const fits = draft[field].trim() !== '' && Number.isInteger(wish) && wish >= min && wish <= max;
    if (!fits) wrong[field] = t('wrong.disk', { min, max });
  }
  return wrong;
}

/** The plan bounds the sum of all disks. */
function wrongDataDisk(draft: Draft, plans: Plan[]): string | undefined {
  const plan = draft.ownSize ? undefined : plans.find(({ name }) => name === draft.plan);
  if (draft.ownSize && draft.dataDiskGiB.trim() !== '') {
    const fits = Number.isInteger(Number(draft.dataDiskGiB)) && Number(draft.dataDiskGiB) >= 1;
    return fits ? undefined : t('wrong.data.own');
  }
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
  const plan = draft.ownSize ? undefined : plans.find(({ name }) => name === draft.plan);
  if (draft.rootDiskGiB.trim() === '' || !plan) return undefined;
  const wish = Number(draft.rootDiskGiB);
  const fits = Number.isInteger(wish) && wish >= plan.diskGiB && wish <= plan.maxDiskGiB;
  return fits ? undefined : t('wrong.disk', { min: plan.diskGiB, max: plan.maxDiskGiB });
}
