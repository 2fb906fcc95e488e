DROP TABLE accounts;
DROP TABLE router_status;
DROP TABLE routers;
DROP TABLE invitations;
DROP TABLE users;
DROP TABLE policies;
