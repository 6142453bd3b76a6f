import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { profileQuery } from '../../api/queries';
import type { Account, CarriedProfile } from '../../api/types';
import { amount, day } from '../../i18n/format';
import { t } from '../../i18n/history';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { Specs } from '../../ui/Specs';

/** Who the account was in the billing system that it came from, and the way to its history. */
export function CarriedCard({ account }: { account: Account }) {
  const { data: profile, error, refetch } = useQuery(profileQuery(account.id));
  return (
    <Card
      title={t('carried.title')}
      end={
        <span className="sw-row">
          <Link to={paths.billing(account.id)}>{t('carried.billing')}</Link>
          <Link to={paths.tickets(account.id)}>{t('carried.tickets')}</Link>
        </span>
      }
    >
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {profile && <Facts profile={profile} />}
    </Card>
  );
}

const row = (label: string, value: string | null | undefined): [string, string] | false =>
  value !== null && value !== undefined && value !== '' && [label, value];

function Facts({ profile }: { profile: CarriedProfile }) {
  const { contacts, forStaff } = profile;
  const notes = [forStaff?.notes ?? '', ...(forStaff?.accountNotes.map(({ text }) => text) ?? [])].filter((note) => note !== '');
  return (
    <Specs
      rows={[
        row(t('carried.person'), nameOf(profile)),
        row(t('carried.company'), profile.company),
        row(t('carried.email'), profile.email),
        row(t('carried.phone'), profile.phone),
        row(t('carried.address'), addressOf(profile)),
        row(t('carried.taxId'), profile.taxId),
        row(t('carried.since'), profile.customerSince && day(profile.customerSince)),
        row(t('carried.credit'), amount(profile.currency, profile.credit)),
        row(t('carried.status'), profile.status),
        row(t('carried.group'), forStaff?.clientGroup),
        row(t('carried.number'), String(profile.legacyId)),
        ...(forStaff?.fields.map(({ name, value }) => row(name, value)) ?? []),
        ...contacts.map((contact, index): [string, string] => [
          index === 0 ? t('carried.contacts') : '',
          [nameOf(contact), contact.email].filter((part) => part !== '').join(', '),
        ]),
        ...notes.map((note, index): [string, React.ReactNode] => [
          index === 0 ? t('carried.notes') : '',
          <span key={note} className="sw-text">
            {note}
          </span>,
        ]),
      ]}
    />
  );
}

function nameOf({ firstName, lastName }: { firstName: string; lastName: string }): string {
  return `${firstName} ${lastName}`.trim();
}

function addressOf({ address1, address2, postcode, city, state, country }: CarriedProfile): string {
  return [address1, address2, `${postcode} ${city}`.trim(), state, country].filter((part) => part !== '').join(', ');
}
