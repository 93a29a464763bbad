//! The listener: connections that dawdle are closed, and all of them end in good order.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use engine::Result;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::patience::Patience;

/// How long the head of a request may take; for the next request of a connection it is counted from the last answer.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How long a reader may take nothing of an answer that waits for it.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);
/// After a connection could not be accepted, as when there are too many.
const PAUSE: Duration = Duration::from_millis(200);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Answers until the service ends.
///
/// # Errors
/// None: a connection that fails ends alone.
pub async fn serve(listener: TcpListener, router: Router, mut shutdown: watch::Receiver<bool>) -> Result<()> {
    let mut connections = JoinSet::new();
    let ends = shutdown.clone();
    loop {
        tokio::select! {
            () = ended(&mut shutdown) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => drop(connections.spawn(answer(stream, peer, router.clone(), ends.clone()))),
                Err(e) => {
                    tracing::warn!("a connection could not be accepted: {e}");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// Waits until the service ends.
async fn ended(shutdown: &mut watch::Receiver<bool>) {
    drop(shutdown.wait_for(|stop| *stop).await);
}

/// Answers the requests of a connection.
async fn answer(stream: TcpStream, peer: SocketAddr, router: Router, mut shutdown: watch::Receiver<bool>) {
    // Small answers are not to wait for more; where it cannot be said it is only slower.
    let _ = stream.set_nodelay(true);
    let inner = TowerToHyperService::new(router.into_service());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        inner.call(request)
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let io = TokioIo::new(Patience::new(stream, TAKEN_WITHIN));
    let mut connection = std::pin::pin!(builder.serve_connection(io, service));
    let mut told = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(e) = ended {
                    tracing::debug!("a connection of {peer} ended: {e}");
                }
                return;
            }
            () = ended(&mut shutdown), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
