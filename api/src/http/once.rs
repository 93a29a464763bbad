//! What many ask for at the same time is made once: who asks while it is being made waits for it, and who asks later
//! gets it as long as there is room.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::Error;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::refusal::Refusal;

/// Something that takes up room.
pub trait Weight {
    /// Bytes, about.
    fn bytes(&self) -> usize;
}

/// Values by their keys, up to so many bytes; the one that was asked for longest ago goes first.
pub struct Once<K, V> {
    most_bytes: usize,
    kept: Arc<Mutex<Kept<K, V>>>,
}

struct Kept<K, V> {
    entries: HashMap<K, Entry<V>>,
    bytes: usize,
    /// Counts up with every question.
    asked: u64,
}

struct Entry<V> {
    made: Shared<BoxFuture<'static, Result<V, Refusal>>>,
    /// `None` while it is being made.
    bytes: Option<usize>,
    asked: u64,
}

impl<K, V> Once<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Weight + Send + Sync + 'static,
{
    /// Room for so many bytes.
    pub fn within(most_bytes: usize) -> Self {
        let kept = Kept { entries: HashMap::new(), bytes: 0, asked: 0 };
        Self { most_bytes, kept: Arc::new(Mutex::new(kept)) }
    }

    /// The value of a key; `make` makes it when nobody did. Whoever stops waiting does not stop it being made. What
    /// could not be made is tried again by the next one who asks.
    ///
    /// # Errors
    /// That of `make`.
    pub async fn get<F>(&self, key: K, make: impl FnOnce() -> F) -> Result<V, Refusal>
    where
        F: Future<Output = Result<V, Refusal>> + Send + 'static,
    {
        let made = {
            let mut kept = lock(&self.kept);
            kept.asked += 1;
            let asked = kept.asked;
            match kept.entries.get_mut(&key) {
                Some(entry) => {
                    entry.asked = asked;
                    entry.made.clone()
                }
                None => {
                    let made = self.begin(key.clone(), make());
                    kept.entries.insert(key, Entry { made: made.clone(), bytes: None, asked });
                    made
                }
            }
        };
        made.await
    }

    /// Makes a value in a task of its own. The caller holds the lock, so that the entry is there before its end.
    fn begin<F>(&self, key: K, make: F) -> Shared<BoxFuture<'static, Result<V, Refusal>>>
    where
        F: Future<Output = Result<V, Refusal>> + Send + 'static,
    {
        let (kept, most_bytes) = (Arc::clone(&self.kept), self.most_bytes);
        let task = tokio::spawn(async move {
            let made = std::panic::AssertUnwindSafe(make).catch_unwind().await;
            let made = made.unwrap_or_else(|_| Err(Error::internal("what makes an answer panicked").into()));
            lock(&kept).end(&key, made.as_ref().ok().map(Weight::bytes), most_bytes);
            made
        });
        let ended = |e| Err(Error::internal(format!("what makes an answer ended: {e}")).into());
        task.map(move |made| made.unwrap_or_else(ended)).boxed().shared()
    }

    /// Forgets what nobody will ask for again.
    pub fn retain(&self, mut keep: impl FnMut(&K) -> bool) {
        let mut kept = lock(&self.kept);
        kept.entries.retain(|key, _| keep(key));
        kept.bytes = kept.entries.values().filter_map(|entry| entry.bytes).sum();
    }
}

impl<K: Clone + Eq + Hash, V> Kept<K, V> {
    /// Something was made, or could not be.
    fn end(&mut self, key: &K, bytes: Option<usize>, most_bytes: usize) {
        // Who waits has it in hand; what is too large is not kept.
        let Some(bytes) = bytes.filter(|bytes| *bytes <= most_bytes) else {
            self.entries.remove(key);
            return;
        };
        let Some(entry) = self.entries.get_mut(key) else { return };
        self.bytes += bytes - entry.bytes.replace(bytes).unwrap_or(0);
        while self.bytes > most_bytes {
            let made = self.entries.iter().filter_map(|(key, e)| Some((e.asked, key, e.bytes?)));
            let Some((_, oldest, bytes)) = made.min_by_key(|(asked, ..)| *asked) else { return };
            let oldest = oldest.clone();
            self.entries.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves at worst something to be made again.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    impl Weight for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    /// Makes `value` after a while, counting.
    async fn slow(counter: Arc<AtomicUsize>, value: usize) -> Result<usize, Refusal> {
        tokio::time::sleep(Duration::from_millis(200)).await;
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(value)
    }

    #[tokio::test]
    async fn however_many_ask_it_is_made_once() {
        let (once, made) = (Arc::new(Once::within(100)), Arc::new(AtomicUsize::new(0)));
        let asked: Vec<_> = (0..200)
            .map(|_| {
                let (once, made) = (Arc::clone(&once), Arc::clone(&made));
                tokio::spawn(async move { once.get("a", || slow(made, 7)).await.unwrap() })
            })
            .collect();
        // Some lose their patience.
        tokio::time::sleep(Duration::from_millis(50)).await;
        asked.iter().step_by(3).for_each(|task| task.abort());
        for task in asked {
            if let Ok(value) = task.await {
                assert_eq!(value, 7);
            }
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
        assert_eq!(once.get("a", || slow(Arc::clone(&made), 8)).await.unwrap(), 7);
        once.retain(|key| *key != "a");
        assert_eq!(once.get("a", || slow(Arc::clone(&made), 8)).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn who_gives_up_does_not_stop_it() {
        let (once, made) = (Once::within(100), Arc::new(AtomicUsize::new(0)));
        let first = tokio::time::timeout(Duration::from_millis(10), once.get("a", || slow(Arc::clone(&made), 7)));
        assert!(first.await.is_err());
        assert_eq!(once.get("a", || slow(Arc::clone(&made), 8)).await.unwrap(), 7);
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let once = Once::within(100);
        assert!(once.get("a", || async { Err::<usize, _>(Refusal::not_found()) }).await.is_err());
        assert_eq!(once.get("a", || async { Ok(7) }).await.unwrap(), 7);
        let panics = || async { panic!("as a defect does") };
        assert!(once.get("b", panics).await.is_err());
        assert_eq!(once.get("b", || async { Ok(8) }).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn what_was_asked_for_longest_ago_goes_first() {
        let once = Once::within(100);
        for (key, bytes) in [("a", 40), ("b", 40), ("a", 0), ("c", 40), ("d", 101)] {
            once.get(key, || async move { Ok(bytes) }).await.unwrap();
        }
        let kept: Vec<&str> = lock(&once.kept).entries.keys().copied().collect();
        assert!(kept.len() == 2 && kept.contains(&"a") && kept.contains(&"c"), "{kept:?}");
        assert_eq!(lock(&once.kept).bytes, 80);
    }
}
