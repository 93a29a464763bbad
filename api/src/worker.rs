//! The one worker of a lake: who holds the lease copies the registry, replays, computes and publishes. Who does not
//! leaves a request and waits.

pub mod keep;
pub mod task;

use std::sync::Arc;
use std::time::Duration;

use engine::Result;
use tokio::task::JoinHandle;

use crate::installation::{Holder, Installation};
use crate::store::{Epoch, LeaseFence, Outcome};
pub use task::{Done, Task};

/// How long a lease lasts without being renewed: how long others wait after a kill.
const TTL: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(4);
/// How long a command waits for the holder before it looks whether the lease is free.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// A lease in our hands, renewed until it is given back.
pub struct Held {
    installation: Installation,
    pub epoch: Epoch,
    renewal: JoinHandle<()>,
}

impl Held {
    /// Takes the lease if it is free.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn take(installation: &Installation) -> Result<Option<Self>> {
        let holder = Holder::me().to_string();
        let Some(epoch) = installation.store.acquire(&holder, TTL).await? else { return Ok(None) };
        let store = installation.store.clone();
        let renewal = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                if let Err(e) = store.renew(epoch, TTL).await {
                    // Every commit asks the store again, so nothing is written under a lost lease.
                    tracing::warn!("the lease was not renewed: {e}");
                }
            }
        });
        Ok(Some(Self { installation: installation.clone(), epoch, renewal }))
    }

    /// The fence of this lease.
    pub fn fence(&self) -> Arc<LeaseFence> {
        Arc::new(LeaseFence::new(self.installation.store.clone(), self.epoch))
    }

    /// Does a task.
    ///
    /// # Errors
    /// As the task.
    pub async fn perform(&self, task: &Task) -> Result<Done> {
        task::perform(&self.installation, &self.fence(), task).await
    }

    /// Does what others have asked for; says how many requests there were.
    ///
    /// # Errors
    /// Conflict, when the lease is lost; environment, when the store does not answer.
    pub async fn answer_requests(&self) -> Result<usize> {
        let store = &self.installation.store;
        let mut answered = 0;
        while let Some(request) = store.take_next(self.epoch).await? {
            let outcome: Outcome = match Task::parse(&request.body) {
                Ok(task) => match self.perform(&task).await {
                    Ok(done) => Ok(done.to_json()),
                    Err(e) => Err(e.to_string()),
                },
                Err(e) => Err(e.to_string()),
            };
            store.finish(request.id, self.epoch, &outcome).await?;
            answered += 1;
        }
        Ok(answered)
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn release(self) -> Result<()> {
        self.renewal.abort();
        self.installation.store.release(self.epoch).await
    }
}

/// Does a task under the lease, or has its holder do it.
///
/// # Errors
/// As the task; environment, when the store does not answer.
pub async fn perform(installation: &Installation, task: &Task) -> Result<Done> {
    let mut asked = None;
    loop {
        if let Some(held) = Held::take(installation).await? {
            // What was asked of a holder that is gone is in the queue: it is answered with the rest.
            let done = match asked {
                None => held.perform(task).await,
                Some(_) => held.answer_requests().await.map(|_| Done::default()),
            };
            held.release().await?;
            if asked.is_none() {
                return done;
            }
            done?;
        }
        let id = match asked {
            Some(id) => id,
            None => installation.store.submit(task.name(), &task.to_json()).await?,
        };
        asked = Some(id);
        let answer = tokio::select! {
            answer = installation.store.wait(id, ASK_AGAIN) => answer?,
            _ = tokio::signal::ctrl_c() => {
                // What nobody has begun is not done behind the back of who gave up waiting.
                let text = match installation.store.withdraw(id).await? {
                    true => "given up before it was begun",
                    false => "given up; the service goes on with what it has begun",
                };
                return Err(engine::Error::user(text));
            }
        };
        match answer {
            Some(Ok(done)) => return Done::parse(&done),
            Some(Err(reason)) => return Err(engine::Error::user(reason)),
            None => {}
        }
    }
}
