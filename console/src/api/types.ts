// The API's types under their plain names; `generated/schema.ts` is where they come from.
import type { components } from './generated/schema';

type Schemas = components['schemas'];

export type Act = Schemas['Act'];
export type Accepted = Schemas['Accepted'];
export type Account = Schemas['Account'];
export type Adoptable = Schemas['Adoptable'];
export type AdoptMachine = Schemas['AdoptMachine'];
export type AuthoredDrift = Schemas['AuthoredDrift'];
export type Backup = Schemas['Backup'];
export type Condition = Schemas['ConditionView'];
export type CarriedCredit = Schemas['CarriedCredit'];
export type CarriedInvoice = Schemas['CarriedInvoice'];
export type CarriedInvoiceDetail = Schemas['CarriedInvoiceDetail'];
export type CarriedOrder = Schemas['CarriedOrder'];
export type CarriedProfile = Schemas['CarriedProfile'];
export type CarriedService = Schemas['CarriedService'];
export type CarriedTicket = Schemas['CarriedTicket'];
export type CarriedTicketDetail = Schemas['CarriedTicketDetail'];
export type CarriedTransaction = Schemas['CarriedTransaction'];
export type CreateServer = Schemas['CreateServer'];
export type CreateUser = Schemas['CreateUser'];
export type DeletionPolicy = Schemas['DeletionPolicy'];
export type DetachedDisk = Schemas['DetachedDisk'];
export type DriftPolicy = Schemas['DriftPolicy'];
export type FieldError = Schemas['FieldError'];
export type Image = Schemas['Image'];
export type Keeper = Schemas['Keeper'];
export type Me = Schemas['Me'];
export type Membership = Schemas['Membership'];
export type MigrationFinding = Schemas['MigrationFinding'];
export type MigrationRun = Schemas['MigrationRun'];
export type MigrationRunDetail = Schemas['MigrationRunDetail'];
export type Network = Schemas['Network'];
export type Operation = Schemas['Operation'];
export type OperationKind = Schemas['OperationKind'];
export type OperationStatus = Schemas['OperationStatus'];
export type Phase = Schemas['Phase'];
export type Plan = Schemas['Plan'];
export type PowerState = Schemas['PowerState'];
export type Problem = Schemas['Problem'];
export type Role = Schemas['Role'];
export type RunPolicy = Schemas['RunPolicy'];
export type Server = Schemas['Server'];
export type Acknowledgeable = Schemas['Acknowledgeable'];
export type ServerDisk = Schemas['ServerDisk'];
export type ServerInterface = Schemas['ServerInterface'];
export type ServerPlanned = Schemas['ServerPlanned'];
export type Site = Schemas['Site'];
export type SiteDetail = Schemas['SiteDetail'];
export type Snapshot = Schemas['Snapshot'];
export type Tokens = Schemas['AccessToken'];
export type UpdateServer = Schemas['UpdateServer'];
export type UpdateUser = Schemas['UpdateUser'];
export type User = Schemas['User'];
export type Verb = Schemas['Verb'];

/** One page of a list; `total` counts all pages, large lists up to 10,000. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
}
