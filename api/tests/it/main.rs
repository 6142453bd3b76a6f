//! The API against a real Postgres and a real kube-apiserver.

mod openapi;
