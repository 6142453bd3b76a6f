//! Asking for an object to be looked at now: what it waits for may be there.

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::reflector::{ObjectRef, Store};
use slipway_crds::{RetainedServer, VirtualServer, words::condition};

/// A closed channel means that the process is ending: then nobody is asked any more.
#[derive(Debug, Clone)]
pub struct Wake {
    servers: UnboundedSender<ObjectRef<VirtualServer>>,
    records: UnboundedSender<ObjectRef<RetainedServer>>,
}

/// The other end: who is to be looked at.
#[derive(Debug)]
pub struct Woken {
    pub servers: UnboundedReceiver<ObjectRef<VirtualServer>>,
    pub records: UnboundedReceiver<ObjectRef<RetainedServer>>,
}

/// Whom a turn is given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sleeper {
    Server(ObjectRef<VirtualServer>),
    Record(ObjectRef<RetainedServer>),
}

impl Wake {
    pub fn channel() -> (Self, Woken) {
        let ((servers, woken_servers), (records, woken_records)) = (unbounded(), unbounded());
        (Self { servers, records }, Woken { servers: woken_servers, records: woken_records })
    }

    pub fn server(&self, server: ObjectRef<VirtualServer>) {
        let _ = self.servers.unbounded_send(server);
    }

    pub fn call(&self, sleepers: Vec<Sleeper>) {
        for sleeper in sleepers {
            match sleeper {
                Sleeper::Server(server) => self.server(server),
                Sleeper::Record(record) => drop(self.records.unbounded_send(record)),
            }
        }
    }

    /// Every server that is not Ready.
    pub fn waiting_servers(&self, servers: &Store<VirtualServer>) {
        for server in servers.state() {
            if !is_ready(server.status.iter().flat_map(|s| &s.conditions)) {
                self.server(ObjectRef::from_obj(&*server));
            }
        }
    }

    /// Every record of a site that is not as it should be.
    pub fn waiting_records(&self, records: &Store<RetainedServer>, site: &str) {
        for record in records.state().iter().filter(|r| r.spec.site_ref == site) {
            if !is_ready(record.status.iter().flat_map(|s| &s.conditions)) {
                self.call(vec![Sleeper::Record(ObjectRef::from_obj(&**record))]);
            }
        }
    }
}

fn is_ready<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> bool {
    conditions.into_iter().any(|c| c.type_ == condition::READY && c.status == "True")
}
