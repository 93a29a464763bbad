//! The service: its parts (ingest, jobs, web), how they start, and how they end.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use dashboards::figure::Origin;
use engine::{Error, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::health::Health;
use crate::http::{self, Current, Pages, Site, Streams};
use crate::installation::Installation;
use crate::metric;
use crate::stream::{self, OnCommit};
use crate::worker::keep;

/// A part of the service that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Part {
    /// Kafka into the lake.
    Ingest,
    /// The one worker: results, maintenance.
    Jobs,
    /// Pages.
    Web,
}

impl Part {
    /// All of them.
    pub fn all() -> BTreeSet<Self> {
        [Self::Ingest, Self::Jobs, Self::Web].into()
    }
}

/// What sets a demonstration apart from an installation.
pub struct Kind {
    /// Told of every commit of readings.
    pub on_commit: OnCommit,
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
}

impl Kind {
    /// Real readings.
    pub fn real() -> Self {
        Self { on_commit: Arc::new(|_| {}), origin: None }
    }
}

/// A running service.
pub struct Service {
    tasks: JoinSet<Result<()>>,
    stop: watch::Sender<bool>,
    /// Address of the pages, when they are served.
    pub listen: Option<SocketAddr>,
    /// Address of the metrics.
    pub admin: SocketAddr,
    folder: PathBuf,
}

impl Service {
    /// Starts the parts. When it returns, pages answer.
    ///
    /// # Errors
    /// User, for an address that cannot be listened on; environment, when lake or store do not answer.
    pub async fn start(installation: &Installation, parts: &BTreeSet<Part>, kind: Kind) -> Result<Self> {
        let (stop, shutdown) = watch::channel(false);
        let health = Arc::new(Health::default());
        let mut tasks = JoinSet::new();
        let web = &installation.config.web;
        let admin = bind("--admin-listen", &web.admin_listen).await?;
        let admin_at = admin.local_addr()?;
        if !admin_at.ip().is_loopback() {
            let text = format!("--admin-listen {admin_at}: metrics are for the operator only; name a loopback address");
            return Err(Error::user(text));
        }
        let recorder = metric::recorder().build_recorder();
        let handle = recorder.handle();
        // A second service in one process (as in tests) counts into the first one's metrics.
        let _ = metrics::set_global_recorder(recorder);
        metric::describe();
        tasks.spawn(http::serve(admin, http::admin(handle), shutdown.clone()));
        let mut listen = None;
        if parts.contains(&Part::Web) {
            let listener = bind("--listen", &web.listen).await?;
            let address = listener.local_addr()?;
            if !address.ip().is_loopback() && web.proxy.is_none() {
                return Err(Error::user(format!(
                    "--listen {address}: off the loopback pages need TLS; put a proxy that ends TLS before ecoop and \
                    name it as `proxy` under [web] in the configuration"
                )));
            }
            listen = Some(address);
            let (sender, current) = watch::channel(Arc::new(Current::read(installation).await?));
            let follow = http::follow(installation.clone(), health.clone(), sender, shutdown.clone());
            tasks.spawn(async move {
                follow.await;
                Ok(())
            });
            let site = Site {
                installation: installation.clone(),
                current,
                health: health.clone(),
                origin: kind.origin,
                shutdown: shutdown.clone(),
                pages: Arc::new(Pages::default()),
                streams: Streams::at_most(web.streams, web.streams_of_one),
            };
            tasks.spawn(http::serve(listener, http::public(site), shutdown.clone()));
        }
        if let Some(kafka) = installation.config.kafka.clone().filter(|_| parts.contains(&Part::Ingest)) {
            let stream = stream::run(installation.clone(), kafka, health.clone(), kind.on_commit, shutdown.clone());
            tasks.spawn(async move {
                stream.await;
                Ok(())
            });
        }
        if parts.contains(&Part::Jobs) {
            let (installation, health, shutdown) = (installation.clone(), health.clone(), shutdown.clone());
            tasks.spawn(async move {
                keep::keep(&installation, &health, shutdown).await;
                Ok(())
            });
        }
        tasks.spawn(look_after(installation, &health, shutdown).await?);
        tracing::info!(parts = ?parts, admin = %admin_at, "the service has started");
        Ok(Self { tasks, stop, listen, admin: admin_at, folder: installation.folder.clone() })
    }

    /// Adds a part that ends when [`Service::shutdown`] says so.
    pub fn add(&mut self, part: impl Future<Output = Result<()>> + Send + 'static) {
        self.tasks.spawn(part);
    }

    /// Something that turns true when the service is told to end.
    pub fn shutdown(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Runs until `end`, or until a part fails that cannot go on; then ends every part in good order.
    ///
    /// # Errors
    /// That of the part that failed.
    pub async fn until(mut self, end: impl Future<Output = ()>) -> Result<()> {
        tokio::pin!(end);
        let mut result = Ok(());
        while result.is_ok() {
            // A part that has nothing more to do ends well, and the others go on.
            tokio::select! {
                () = &mut end => break,
                Some(ended) = self.tasks.join_next() => result = flat(ended),
            }
        }
        let _ = self.stop.send(true);
        while let Some(ended) = self.tasks.join_next().await {
            result = result.and(flat(ended));
        }
        if result.is_ok() {
            crate::watch::end(&self.folder);
        }
        tracing::info!("the service has ended");
        result
    }
}

/// Looks after lake and store, and first of all at what a service before may have left.
async fn look_after(
    installation: &Installation,
    health: &Arc<Health>,
    shutdown: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + Send + 'static> {
    for damage in crate::act::check::behind(installation).await? {
        if let Some(table) = engine::schema::Table::parse(&damage.table) {
            installation.lake.note_end(table, damage);
        }
    }
    let after_crash = crate::watch::begin(&installation.folder)?;
    if after_crash {
        tracing::warn!("the service before did not end well: every file of the lake is read once more");
        health.set("files", Some(crate::watch::READING.into()));
    }
    let looking = crate::watch::run(installation.clone(), health.clone(), after_crash, shutdown);
    Ok(async move {
        looking.await;
        Ok(())
    })
}

fn flat(ended: Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    ended.unwrap_or_else(|e| Err(Error::internal(format!("a part of the service ended: {e}"))))
}

async fn bind(option: &str, address: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|e| Error::user(format!("{option} {address}: {e}; name another address as `{option} 127.0.0.1:PORT`")))
}

/// Ends when the person or the system asks for it: Ctrl-C, SIGTERM.
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return drop(tokio::signal::ctrl_c().await);
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
