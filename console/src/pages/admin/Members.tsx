import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { putMembership, removeMembership } from '../../api/endpoints';
import { allUsersQuery, membershipsQuery } from '../../api/queries';
import type { Account, Membership, Role } from '../../api/types';
import { toastDone, toastFailed } from '../../app/toasts';
import { t } from '../../i18n/admin';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { Dialog } from '../../ui/Dialog';
import { describe, ErrorState } from '../../ui/ErrorState';
import { Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';

const ROLES: Role[] = ['owner', 'member'];

/** Who belongs to an account, as what; and the way to add one more. */
export function Members({ account }: { account: Account }) {
  const { data: members, error, refetch } = useQuery(membershipsQuery(account.id));
  const [leaving, setLeaving] = useState<Membership | null>(null);
  return (
    <Card title={t('members.title')}>
      {error && !members && <ErrorState error={error} retry={() => void refetch()} />}
      {members?.length === 0 && <p className="sw-quiet">{t('members.empty')}</p>}
      <ul className="sw-members">
        {members?.map((member) => (
          <Member key={member.userId} account={account} member={member} remove={() => setLeaving(member)} />
        ))}
      </ul>
      {members && <AddMember account={account} members={members} />}
      {leaving && <RemoveDialog account={account} member={leaving} close={() => setLeaving(null)} />}
    </Card>
  );
}

function useMembershipsChanged(accountId: string): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['memberships', accountId] });
    void client.invalidateQueries({ queryKey: ['account', accountId] });
    void client.invalidateQueries({ queryKey: ['accounts'] });
  };
}

function Member({ account, member, remove }: { account: Account; member: Membership; remove: () => void }) {
  const changed = useMembershipsChanged(account.id);
  const { email, userId } = member;
  const setRole = useMutation({
    mutationFn: (role: Role) => putMembership(account.id, userId, role),
    onSuccess: ({ role }) => toastDone(t('members.changed', { email, role: t(`role.${role}`) })),
    onError: (error) => toastFailed(describe(error), error),
    onSettled: changed,
  });
  return (
    <li>
      <span className="sw-two">
        <Link to={paths.user(userId)}>{member.name}</Link>
        <span>{email}</span>
      </span>
      <FormSelect
        aria-label={t('members.role.of', { email })}
        value={setRole.isPending ? setRole.variables : member.role}
        onChange={(_event, role) => setRole.mutate(role as Role)}
      >
        {ROLES.map((role) => (
          <FormSelectOption key={role} value={role} label={t(`role.${role}`)} />
        ))}
      </FormSelect>
      <Button variant="link" isDanger aria-label={t('members.remove.of', { email })} onClick={remove}>
        {t('members.remove')}
      </Button>
    </li>
  );
}

function AddMember({ account, members }: { account: Account; members: Membership[] }) {
  const changed = useMembershipsChanged(account.id);
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(allUsersQuery);
  if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  const taken = new Set(members.map(({ userId }) => userId));
  const people = data?.pages.flatMap((page) => page.items).filter(({ id }) => !taken.has(id)) ?? [];
  const [userId, setUserId] = useState('');
  const [role, setRole] = useState<Role>('owner');
  const add = useMutation({
    mutationFn: () => putMembership(account.id, userId, role),
    onSuccess: ({ email }) => {
      setUserId('');
      toastDone(t('members.added', { email }));
      changed();
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (userId !== '' && !add.isPending) add.mutate();
  }
  return (
    <Form className="sw-stack sw-members__add" noValidate onSubmit={submit}>
      <h3>{t('members.add')}</h3>
      <FormProblem error={add.error} />
      <div className="sw-fields">
        <Field id="member" label={t('members.person')}>
          <FormSelect id="member" value={userId} onChange={(_event, value) => setUserId(value)}>
            <FormSelectOption value="" label={t('members.person.choose')} isPlaceholder />
            {people.map(({ id, name, email }) => (
              <FormSelectOption key={id} value={id} label={`${name} (${email})`} />
            ))}
          </FormSelect>
        </Field>
        <Field id="role" label={t('members.role')}>
          <FormSelect id="role" value={role} onChange={(_event, value) => setRole(value as Role)}>
            {ROLES.map((each) => (
              <FormSelectOption key={each} value={each} label={t(`role.${each}`)} />
            ))}
          </FormSelect>
        </Field>
        <Button type="submit" variant="secondary" isLoading={add.isPending} isDisabled={userId === ''}>
          {t('members.go')}
        </Button>
      </div>
    </Form>
  );
}

function RemoveDialog({ account, member, close }: { account: Account; member: Membership; close: () => void }) {
  const changed = useMembershipsChanged(account.id);
  const { email, userId } = member;
  const remove = useMutation({
    mutationFn: () => removeMembership(account.id, userId),
    onSuccess: () => {
      toastDone(t('members.removed', { email }));
      changed();
      close();
    },
  });
  return (
    <Dialog
      title={t('members.remove.title', { email })}
      go={t('members.remove')}
      danger
      busy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      close={close}
    >
      <p>{t('members.remove.body', { account: account.name })}</p>
    </Dialog>
  );
}
