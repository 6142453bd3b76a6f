// The create page's state: the draft, what is wrong with it, and the request.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { adopt, refresh } from '../../api/changes';
import { newIdempotencyKey } from '../../api/client';
import { createServer } from '../../api/endpoints';
import { ApiError, fieldMessages, isTransient } from '../../api/problem';
import type { CreateServer, Me } from '../../api/types';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/create';
import { paths } from '../../paths';
import type { Catalogue } from './CreateForm';
import { bodyOf, clearDraft, type Draft, type DraftField, EMPTY, finishDraft, loadDraft, saveDraft } from './draft';
import { validate, type Wrong } from './validate';

/** The order on the page, to find the first refused entry. */
const ORDER: DraftField[] = [
  'plan',
  'cores',
  'memoryMiB',
  'diskGiB',
  'networkMbps',
  'image',
  'site',
  'network',
  'sshKeys',
  'password',
  'name',
  'accountId',
  'rootDiskGiB',
  'runPolicy',
  'wantedNode',
  'address',
  'address6',
  'dataDiskGiB',
  'secondNetwork',
  'antiAffinityGroup',
  'dnsServers',
  'searchDomain',
  'deletionGracePeriodHours',
];

export function useCreate(me: Me, catalogue: Catalogue) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => withDefaults(loadDraft(me.id), catalogue));
  const [tried, setTried] = useState(false);
  /** What the API refused, until the field changes. */
  const [refused, setRefused] = useState<Wrong>({});
  const wish = useRef<{ body: string; key: string } | null>(null);

  const request = useMutation({
    mutationFn: (body: CreateServer) => createServer(body, keyFor(body)),
    onSuccess: (accepted) => {
      finishDraft(me.id, draft);
      adopt(client, accepted);
      client.setQueryData(['server', accepted.server.id], accepted.server);
      refresh(client, accepted.server.id);
      toastDone(t('accepted', { name: accepted.server.name }));
      void navigate(paths.server(accepted.server.id));
    },
    onError: (error) => {
      // After a definite answer the same entries are a new wish; after a lost one they are still the old.
      if (!isTransient(error)) wish.current = null;
      const found = refusedFields(error);
      setRefused(found);
      focusFirst(found);
    },
  });

  useEffect(() => {
    if (!request.isSuccess) saveDraft(me.id, draft);
  }, [draft, me.id, request.isSuccess]);

  function keyFor(body: CreateServer): string {
    const text = JSON.stringify(body);
    if (wish.current?.body !== text) wish.current = { body: text, key: newIdempotencyKey() };
    return wish.current.key;
  }

  const offer = {
    plans: catalogue.plans,
    networks: catalogue.networks,
    chooseAccount: me.staff || catalogue.accounts.length > 1,
  };
  const found = validate(draft, offer);
  const wrong: Wrong = tried ? { ...refused, ...found } : refused;

  return {
    draft,
    wrong,
    busy: request.isPending,
    /** A refusal that belongs to no field. */
    problem: request.error && Object.keys(refusedFields(request.error)).length === 0 ? request.error : null,
    set<K extends DraftField>(field: K, value: Draft[K]): void {
      setDraft((old) => tidy({ ...old, ...(field === 'site' && { wantedNode: '' }), [field]: value }, catalogue));
      setRefused(({ [field]: _, ...rest }) => rest);
    },
    submit(): void {
      setTried(true);
      if (request.isPending) return;
      if (Object.keys(found).length > 0) focusFirst(found);
      else request.mutate(bodyOf(draft));
    },
    startOver(): void {
      clearDraft(me.id);
      setTried(false);
      setRefused({});
      request.reset();
      setDraft(withDefaults(EMPTY, catalogue));
    },
  };
}

/** The name if it is still on offer, else nothing. */
function known(items: { name: string }[], name: string): string {
  return items.some((item) => item.name === name) ? name : '';
}

/** Chooses what most people would, so that only a name and a key are left to fill in. */
function withDefaults(draft: Draft, { plans, images, sites, accounts }: Catalogue): Draft {
  return {
    ...draft,
    plan: known(plans, draft.plan) || (plans[0]?.name ?? ''),
    image: known(images, draft.image) || (images[0]?.name ?? ''),
    site: known(sites, draft.site) || ((sites.find((site) => site.ready) ?? sites[0])?.name ?? ''),
    accountId: draft.accountId || (accounts.length === 1 ? (accounts[0]?.id ?? '') : ''),
  };
}

/** What is not at the newly chosen site goes back to the default. */
function tidy(draft: Draft, { networks, sites }: Catalogue): Draft {
  const classes = sites.find(({ name }) => name === draft.site)?.storageClasses ?? [];
  const here = (name: string) => networks.find((network) => network.name === name)?.sites.includes(draft.site) === true;
  return {
    ...draft,
    network: here(draft.network) ? draft.network : '',
    secondNetwork: here(draft.secondNetwork) ? draft.secondNetwork : '',
    dataDiskClass: classes.includes(draft.dataDiskClass) ? draft.dataDiskClass : '',
  };
}

/** Fields of the API whose entry has another name here. */
const SHOWN_AT: Record<string, DraftField> = {
  disks: 'dataDiskGiB',
  'disks.0.sizeGiB': 'dataDiskGiB',
  'disks.0.storageClass': 'dataDiskGiB',
  'networks.0.network': 'network',
  'resources.cores': 'cores',
  'resources.memoryMiB': 'memoryMiB',
  'resources.diskGiB': 'diskGiB',
  'resources.networkMbps': 'networkMbps',
  'dns.servers': 'dnsServers',
  'dns.searchDomain': 'searchDomain',
};

function refusedFields(error: unknown): Wrong {
  const wrong: Wrong = {};
  for (const [field, message] of Object.entries(fieldMessages(error))) {
    // `sshKeys[0]` is about the field that shows all keys.
    const name = SHOWN_AT[field] ?? field.replace(/[.[].*$/, '');
    if (name in EMPTY) wrong[name as DraftField] ??= message;
  }
  if (error instanceof ApiError && error.kind === 'name-taken') wrong.name = error.detail;
  return wrong;
}

function focusFirst(wrong: Wrong): void {
  const first = ORDER.find((field) => wrong[field] !== undefined);
  if (first === undefined) return;
  requestAnimationFrame(() => {
    const element = document.getElementById(first);
    const target = element?.matches('[role=radiogroup]') ? element.querySelector('input') : element;
    target?.focus();
    target?.scrollIntoView({ block: 'center' });
  });
}
