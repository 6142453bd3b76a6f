//! How a call reaches the testbed's state machine: at once, or through the operator's own client over HTTPS.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use proxmox_client::{
    ConnectError, Fault, HttpClient, ProxmoxAnswer, ProxmoxClient as _, ProxmoxError, ProxmoxRequest, TlsTrust,
};
use pve_testbed::{
    World,
    server::{Clock, Handle, TlsMaterial, serve_by},
};
use secrecy::SecretString;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::proxmox::{self, PATIENCE};

/// Between two looks at a call that is on its way to the server, or back.
const PAUSE: Duration = Duration::from_micros(50);

#[derive(Clone, Debug, Default)]
pub enum Wire {
    /// A call on the state machine.
    #[default]
    Direct,
    Https(Arc<Https>),
}

impl Wire {
    /// A server of its own on the loopback interface. Time passes there only while a call waits.
    pub fn https() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let server = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let tls = TlsMaterial::generate(&[], &[])?;
            serve_by(World::builder(0).build(), listener, &tls, Clock::Stepped, false)
        })?;
        Ok(Self::Https(Arc::new(Https { server: Arc::new(server), client: Mutex::default(), runtime })))
    }

    /// One call from beginning to end.
    pub fn call(
        &self,
        world: &mut World,
        token: &str,
        request: &ProxmoxRequest,
    ) -> Result<ProxmoxAnswer, ProxmoxError> {
        match self {
            Self::Direct => proxmox::call(world, token, request),
            Self::Https(https) => https.call(world, token, request),
        }
    }
}

/// A server whose world is put in for each call.
pub struct Https {
    server: Arc<Handle>,
    /// Of the token that called last; held during a call, for the server has one world at a time.
    client: Mutex<Option<(String, Arc<HttpClient>)>>,
    runtime: Runtime,
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("url", &self.server.url()).finish_non_exhaustive()
    }
}

impl Https {
    fn call(&self, world: &mut World, token: &str, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
        let mut last = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let client = self.client(token, &mut last).map_err(|error| unanswered(&error.to_string()))?;
        self.server.with_world(|served| mem::swap(served, world));
        let (told, answer) = mpsc::sync_channel(1);
        let (server, request) = (Arc::clone(&self.server), request.clone());
        self.runtime.spawn(async move {
            // Whoever asked is still there: it blocks on the answer.
            let _ = told.send(patient(&server, &client, &request).await);
        });
        let answer = answer.recv().unwrap_or_else(|error| Err(unanswered(&error.to_string())));
        self.server.with_world(|served| mem::swap(served, world));
        answer
    }

    fn client(
        &self,
        token: &str,
        last: &mut Option<(String, Arc<HttpClient>)>,
    ) -> Result<Arc<HttpClient>, ConnectError> {
        if let Some((_, client)) = last.as_ref().filter(|(own, _)| own == token) {
            return Ok(Arc::clone(client));
        }
        let trust = TlsTrust::Ca(self.server.ca_pem().to_owned());
        let client = Arc::new(HttpClient::new(vec![self.server.url()], &SecretString::from(token), &trust)?);
        *last = Some((token.to_owned(), Arc::clone(&client)));
        Ok(client)
    }
}

/// Waits in virtual time as long as the client would in real time.
async fn patient(
    server: &Handle,
    client: &HttpClient,
    request: &ProxmoxRequest,
) -> Result<ProxmoxAnswer, ProxmoxError> {
    let until = server.with_world(|world| world.now()) + PATIENCE;
    let mut call = client.call(request);
    loop {
        if let Ok(answer) = tokio::time::timeout(PAUSE, &mut call).await {
            return answer;
        }
        if server.waiting() == 0 {
            continue;
        }
        let (now, next) = server.with_world(|world| (world.now(), world.next_event()));
        if now >= until {
            return Err(unanswered("no answer in time"));
        }
        server.advance(next.unwrap_or(until).min(until)).await;
    }
}

fn unanswered(why: &str) -> ProxmoxError {
    ProxmoxError { fault: Fault::UnknownOutcome, message: why.to_owned() }
}
