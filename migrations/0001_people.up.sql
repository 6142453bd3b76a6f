-- Who may log in, and for which account.

create table accounts (
    id uuid primary key,
    name text not null check (length(name) between 1 and 100),
    slug text not null check (slug ~ '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$'),
    -- `acct-<slug>-<last 8 of id>`: never reused, so it is fixed here and not worked out again.
    namespace text not null unique check (namespace ~ '^acct-[-a-z0-9]{1,40}-[0-9a-f]{8}$'),
    created_at timestamptz not null
);

create table users (
    id uuid primary key,
    email text not null unique check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254),
    name text not null check (length(name) between 1 and 100),
    staff boolean not null,
    disabled boolean not null default false,
    created_at timestamptz not null
);

create table credentials (
    user_id uuid primary key references users on delete cascade,
    password_hash text not null check (password_hash like '$argon2id$%'),
    changed_at timestamptz not null
);

create table memberships (
    account_id uuid not null references accounts on delete cascade,
    user_id uuid not null references users on delete cascade,
    role text not null check (role in ('owner', 'member')),
    created_at timestamptz not null,
    primary key (account_id, user_id)
);
create index memberships_user_id on memberships (user_id);

-- A login: the family of refresh tokens that descend from one password check.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_user_id on sessions (user_id);
create index sessions_expires_at on sessions (expires_at);

create table refresh_tokens (
    token_hash bytea primary key check (length(token_hash) = 32),
    session_id uuid not null references sessions on delete cascade,
    issued_at timestamptz not null,
    -- Set when its successor was handed out; the token is not good any more.
    rotated_at timestamptz
);
create index refresh_tokens_session_id on refresh_tokens (session_id);

create table password_links (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index password_links_user_id on password_links (user_id);
