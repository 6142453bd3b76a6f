drop table password_links;
drop table refresh_tokens;
drop table sessions;
drop table memberships;
drop table credentials;
drop table users;
drop table accounts;
