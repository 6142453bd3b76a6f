drop table account_namespaces;
drop table network_namespaces;
drop table network_sites;
drop table networks;
drop table sites;
drop table images;
drop table plan_prices;
drop table plans;
