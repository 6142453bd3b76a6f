-- A provider's database: accounts with some 25 servers each and one with a fiftieth of all, what the mirror knows of every
-- server, and three operations of each, a few of them open. Nothing in it depends on chance or on the time.

create function pg_temp.id(kind text, n bigint) returns uuid immutable language sql
    return (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-' || kind || lpad(to_hex(n), 8, '0'))::uuid;

create function pg_temp.servers() returns integer stable language sql return current_setting('perf.servers')::integer;

create function pg_temp.accounts() returns integer stable language sql return current_setting('perf.accounts')::integer;

-- Account 1 is the large one; the others' servers lie apart, as they do when they were ordered one by one.
create function pg_temp.account(server bigint) returns bigint stable language sql
    return case when server % 50 = 0 then 1 else 2 + server * 7919 % (pg_temp.accounts() - 1) end;

create function pg_temp.at(minutes bigint) returns timestamptz stable language sql
    return timestamptz '2026-01-01 00:00:00+00' + minutes * interval '1 minute';

-- Chapter one: the catalogue.

insert into plans
    select name, initcap(name), null, cores, cores * 2048, cores * 20, cores * 200, null, false, 1
    from (values ('small', 1), ('medium', 2), ('large', 4)) p (name, cores);
insert into plan_prices select name, 'EUR', cores * 4.90, pg_temp.at(0) from plans;
insert into images
    select name, name, 'linux', '1', null, 'root', false, 1 from unnest(array['debian-13', 'ubuntu-26']) name;
insert into sites (name, display_name, region, default_network, ready, resource_version)
    select name, initcap(name), name || '-1', 'public', true, 1 from unnest(array['home', 'east', 'west']) name;
insert into networks values ('public', 'Public', 1);
insert into network_sites select 'public', name from sites;
insert into network_namespaces values ('public', 'acct-*');

-- Chapter two: people. User n is the owner of account n; the user after them is staff.

insert into accounts
    select pg_temp.id('0001', n), 'Account ' || n, 'a' || n, 'acct-a' || n || '-' || lpad(to_hex(n), 8, '0'), pg_temp.at(0)
    from generate_series(1, pg_temp.accounts()) n;
insert into users
    select pg_temp.id('0002', n), 'person-' || n || '@example.org', 'Person ' || n, n > pg_temp.accounts(), false, pg_temp.at(0)
    from generate_series(1, pg_temp.accounts() + 1) n;
insert into credentials select id, current_setting('perf.password'), pg_temp.at(0) from users;
insert into memberships
    select pg_temp.id('0001', n), pg_temp.id('0002', n), 'owner', pg_temp.at(0) from generate_series(1, pg_temp.accounts()) n;
insert into sessions
    select pg_temp.id('0003', n), pg_temp.id('0002', n), pg_temp.at(0), timestamptz '2100-01-01' from generate_series(1, pg_temp.accounts() + 1) n;

-- Chapter three: servers.

insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site, plan, image,
        network, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, uid, resource_version, generation,
        observed_generation, phase, power_state, vmid, node, search_text, installed_image, disks_seen, networks_seen)
    select pg_temp.id('0004', n), a.id, 'api', a.namespace, 'web-' || n || '-' || lpad(to_hex(n), 8, '0'), 1,
        pg_temp.at(n), pg_temp.at(n + 10), 'web-' || n, (array['home', 'east', 'west'])[1 + n % 3],
        (array['small', 'medium', 'large'])[1 + n / 3 % 3], (array['debian-13', 'ubuntu-26'])[1 + n % 2], 'public', 'Managed',
        true, 'Delete', 72, 'uid-' || n, n, 1, 1, case when n % 7 = 0 then 'Stopped' else 'Running' end,
        case when n % 7 = 0 then 'stopped' else 'running' end, 10000 + n, 'pve' || 1 + n % 9,
        'web-' || n || ' 10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256 || ' 2001:db8::' || to_hex(n),
        (array['debian-13', 'ubuntu-26'])[1 + n % 2], '[{"name": "root", "sizeGib": 80}]',
        '[{"name": "public", "network": "public", "mac": "BC:24:11:00:00:01", "addresses": ["10.0.0.1"]}]'
    from generate_series(1, pg_temp.servers()) n join accounts a on a.id = pg_temp.id('0001', pg_temp.account(n));
insert into server_addresses
    select pg_temp.id('0004', n), 0, '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256
    from generate_series(1, pg_temp.servers()) n
    union all
    select pg_temp.id('0004', n), 1, '2001:db8::' || to_hex(n) from generate_series(1, pg_temp.servers()) n;
insert into server_conditions
    select pg_temp.id('0004', n), type, case when type in ('Ready', 'Provisioned', 'GuestConfigured') then 'True' else 'False' end,
        'AsWished', 'The server is as it is wished.', 1, pg_temp.at(n + 10)
    from generate_series(1, pg_temp.servers()) n,
        unnest(array['DriftDetected', 'GuestConfigured', 'Provisioned', 'Ready', 'Reconciling', 'RestartRequired', 'Stalled']) type;
insert into server_field_owners
    select pg_temp.id('0004', n), field, 'slipway-api', 'slipway'
    from generate_series(1, pg_temp.servers()) n,
        unnest(array['siteRef', 'planRef', 'imageRef', 'hostname', 'runPolicy', 'access', 'networks/public', 'deletionProtection']) field;

-- What we own of it, and what Kubernetes holds.
insert into server_specs (id, site, plan, image, hostname, run_policy, deletion_protection, deletion_policy, deletion_grace_hours)
    select pg_temp.id(kind, n), s.site, s.plan, s.image, s.name, 'Managed', true, 'Delete', 72
    from generate_series(1, pg_temp.servers()) n join servers s on s.id = pg_temp.id('0004', n), unnest(array['0005', '0006']) kind;
insert into server_spec_networks select id, 0, 'public', 'public' from server_specs;
insert into server_spec_ssh_keys
    select id, 0, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0000000000000000000000000000000000000000000 me@example.org' from server_specs;
insert into server_revisions
    select pg_temp.id('0004', n), 1, pg_temp.id('0005', n), pg_temp.id('0006', n), 'api', pg_temp.id('0002', pg_temp.account(n)),
        pg_temp.at(n), 'uid-' || n, 1, pg_temp.at(n + 1), '\x00'
    from generate_series(1, pg_temp.servers()) n;

-- Chapter four: operations, in waves over all servers, so that those of one server lie apart.

insert into operations (id, server_id, account_id, kind, verb, status, reason, message, revision, requested_by, request_id,
        created_at, updated_at, finished_at)
    select pg_temp.id('0007', o), pg_temp.id('0004', n), pg_temp.id('0001', pg_temp.account(n)),
        (array['create', 'update', 'action'])[1 + wave], case when wave = 2 then 'Restart' end,
        case when open then 'running' when o % 97 = 0 then 'failed' else 'succeeded' end,
        case when open then 'NoCapacity' else 'Done' end, 'It is as it was asked for.', 1,
        pg_temp.id('0002', pg_temp.account(n)), 'request-' || o, pg_temp.at(o), pg_temp.at(o + 1),
        case when not open then pg_temp.at(o + 1) end
    from generate_series(0, 2) wave, generate_series(1, pg_temp.servers()) n,
        lateral (select wave * pg_temp.servers() + n as o, wave = 2 and n % 500 = 0 as open) of_wave;
insert into actions (operation_id, server_id, sequence, not_after, object_name, delivered_at, uid)
    select id, server_id, 1, created_at + interval '1 day', 'action-' || request_id, created_at, 'uid'
    from operations where kind = 'action';
insert into operation_progress
    select id, position, created_at, (array['Accepted', 'Dispatched', 'Done'])[1 + position], 'It goes on.'
    from operations, generate_series(0, 2) position;
