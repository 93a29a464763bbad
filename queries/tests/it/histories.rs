//! Upkeep over histories by chance, with kills between any two steps: nothing that a kept set, a reader or a
//! recomputation needs is ever deleted, and nothing acknowledged is lost.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use engine::catalog::Principal;
use engine::clock::{Clock, Micros};
use engine::job::Worker;
use engine::schema::Table;
use engine::table::{Depth, Lake, Maintained, NoFence, Policy, Published};
use proptest::prelude::*;
use url::Url;

use crate::village::{Village, at, values};

const MINUTE: Micros = 60_000_000;
const ROWS: &str =
    "select interval_start, consumption_kwh, production_kwh, shared_kwh, status from balances order by 1";
const POLICY: Policy = Policy { files: 3, commits: 2, linger: 0, orphan_ms: i64::MAX / 4 };

/// What happens to a lake.
#[derive(Debug, Clone, Copy)]
enum Step {
    Ingest,
    Run,
    Compact,
    Tidy,
    Sweep,
    /// So many minutes pass.
    Pass(i64),
    /// Somebody opens what is published, here or in a process of their own, and reads it later.
    Open {
        elsewhere: bool,
    },
    /// The reader that waits longest reads.
    Read,
    /// What was published by some cycle is computed again.
    Again(usize),
}

fn steps() -> impl Strategy<Value = Vec<(Step, Option<u32>)>> {
    let step = prop_oneof![
        4 => Just(Step::Ingest),
        4 => Just(Step::Run),
        3 => Just(Step::Compact),
        3 => Just(Step::Tidy),
        1 => Just(Step::Sweep),
        3 => prop_oneof![(1..20i64), (600..1500i64)].prop_map(Step::Pass),
        2 => any::<bool>().prop_map(|elsewhere| Step::Open { elsewhere }),
        1 => Just(Step::Read),
        1 => (0..100usize).prop_map(Step::Again),
    ];
    // About every fourth ends after so many of its turns, with its process.
    prop::collection::vec((step, prop::option::weighted(0.25, 0..60u32)), 40)
}

/// Lets a future have so many turns and no more.
async fn for_turns<F: Future>(future: F, turns: Option<u32>) -> Option<F::Output> {
    let (mut future, mut left) = (Box::pin(future), turns);
    poll_fn(move |context| match (future.as_mut().poll(context), &mut left) {
        (Poll::Ready(done), _) => Poll::Ready(Some(done)),
        (Poll::Pending, Some(0)) => Poll::Ready(None),
        (Poll::Pending, left) => {
            if let Some(left) = left {
                *left -= 1;
            }
            Poll::Pending
        }
    })
    .await
}

/// Who has opened a set and not read it yet.
struct Reader {
    session: datafusion::prelude::SessionContext,
    rows: Vec<String>,
    /// A process of its own.
    _lake: Option<Arc<Lake>>,
}

struct History {
    village: Village,
    /// Values that were acknowledged.
    acknowledged: i64,
    /// What each cycle published, and when.
    published: BTreeMap<i64, (Micros, Vec<String>)>,
    readers: Vec<Reader>,
}

async fn rows_of(lake: &Lake, published: Option<&Published>) -> Vec<String> {
    let session = engine::catalog::open(lake, published, &Principal::Operator).await.unwrap();
    read(&session).await
}

async fn read(session: &datafusion::prelude::SessionContext) -> Vec<String> {
    let batches = engine::session::query(session, ROWS).await.unwrap().collect().await.unwrap();
    let text = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
    text.lines().map(str::to_string).collect()
}

impl History {
    async fn begin() -> Self {
        let village = Village::with_two("2026-06-15T10:00:00Z").await;
        Self { village, acknowledged: 0, published: BTreeMap::new(), readers: Vec::new() }
    }

    fn now(&self) -> Micros {
        self.village.clock.now()
    }

    /// The process ends, and another one begins.
    async fn restart(&mut self) {
        let root = Url::from_directory_path(self.village.folder.path()).unwrap();
        self.village.lake = Lake::open(&root, Default::default()).await.unwrap();
    }

    async fn ingest(&mut self, turns: Option<u32>) -> bool {
        let raw = self.village.lake.snapshot(Table::ReadingsRaw).await.unwrap();
        let from = raw.position("c/t/0").await.unwrap().unwrap_or(0);
        let start = at("2026-06-14T22:00:00Z") + from / 3 * 15 * MINUTE;
        let text = engine::calendar::rfc3339;
        let some = values("a", &text(start), &text(start + 15 * MINUTE));
        let done = for_turns(self.village.ingest("c/t/0", &some), turns).await;
        self.acknowledged = if done.is_some() { from + 3 } else { self.acknowledged };
        done.is_some()
    }

    async fn upkeep(&self, step: Step) -> engine::Result<()> {
        let (lake, now, mut done) = (&self.village.lake, self.now(), Maintained::default());
        match step {
            Step::Compact => lake.compact(POLICY, now, &NoFence, &mut done).await,
            Step::Sweep => lake.sweep(POLICY, (now, i64::MAX / 2), &NoFence, &mut done).await,
            _ => {
                lake.checkpoint_all(POLICY, &mut done).await?;
                lake.remove(POLICY, now, &NoFence, &mut done).await?;
                lake.clean_logs(now, &NoFence, &mut done).await
            }
        }
    }

    async fn step(&mut self, step: Step, turns: Option<u32>) {
        let is_whole = match step {
            Step::Ingest => self.ingest(turns).await,
            Step::Run => {
                let worker = self.village.worker(queries::graph(), Arc::new(NoFence));
                for_turns(worker.run_pending(), turns).await.map(Result::unwrap).is_some()
            }
            Step::Compact | Step::Tidy | Step::Sweep => {
                for_turns(self.upkeep(step), turns).await.map(Result::unwrap).is_some()
            }
            Step::Pass(minutes) => {
                self.village.clock.set(self.now() + minutes * MINUTE);
                true
            }
            Step::Open { elsewhere } => {
                self.open(elsewhere).await;
                true
            }
            Step::Read => {
                if !self.readers.is_empty() {
                    let reader = self.readers.remove(0);
                    assert_eq!(read(&reader.session).await, reader.rows);
                }
                true
            }
            Step::Again(n) => {
                self.again(n).await;
                true
            }
        };
        if !is_whole {
            self.restart().await;
        }
        self.note().await;
    }

    /// Notes what was published, also by a process that ended right after.
    async fn note(&mut self) {
        let Some(set) = self.village.lake.published().await.unwrap() else { return };
        if !self.published.contains_key(&set.cycle) {
            let rows = rows_of(&self.village.lake, Some(&set)).await;
            self.published.insert(set.cycle, (set.finished_at, rows));
        }
    }

    async fn open(&mut self, elsewhere: bool) {
        let root = Url::from_directory_path(self.village.folder.path()).unwrap();
        let other = if elsewhere { Some(Lake::open(&root, Default::default()).await.unwrap()) } else { None };
        let lake = other.as_ref().unwrap_or(&self.village.lake);
        let Some(set) = lake.published().await.unwrap() else { return };
        let session = engine::catalog::open(lake, Some(&set), &Principal::Operator).await.unwrap();
        // As a service does, it holds no more than it reads.
        lake.let_go().await.unwrap();
        let rows = self.published[&set.cycle].1.clone();
        self.readers.push(Reader { session, rows, _lake: other });
    }

    /// Computes what a cycle published once more, from the rows below it.
    async fn again(&self, n: usize) {
        let Some((cycle, (finished_at, rows))) = self.published.iter().nth(n % self.published.len().max(1)) else {
            return;
        };
        let mut set = self.village.lake.published_at(*finished_at).await.unwrap().unwrap();
        // Of several at one instant the last is found.
        if set.cycle != *cycle || set.inputs.first_days.is_empty() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let root = Url::from_directory_path(folder.path()).unwrap();
        let lake = Lake::open(&root, Default::default()).await.unwrap();
        let worker = Worker { lake: Arc::clone(&lake), ..self.village.worker(queries::graph(), Arc::new(NoFence)) };
        worker.recompute(&self.village.lake, &set, None, None).await.unwrap();
        let mut versions = BTreeMap::new();
        for table in Table::RESULTS {
            versions.insert(table.name().to_string(), lake.snapshot(table).await.unwrap().version());
        }
        set.versions = versions;
        assert_eq!(rows_of(&lake, Some(&set)).await, *rows, "cycle {cycle}");
    }

    /// Everything that must be there is there.
    async fn prove(&mut self) {
        let lake = &self.village.lake;
        for set in lake.kept_sets(self.now()).await.unwrap() {
            let found = lake.published_at(set.finished_at).await.unwrap().unwrap();
            if found.cycle == set.cycle {
                assert_eq!(rows_of(lake, Some(&found)).await, self.published[&set.cycle].1, "cycle {}", set.cycle);
            }
        }
        for reader in std::mem::take(&mut self.readers) {
            assert_eq!(read(&reader.session).await, reader.rows);
        }
        let raw = lake.snapshot(Table::ReadingsRaw).await.unwrap();
        let position = raw.position("c/t/0").await.unwrap().unwrap_or(0);
        assert!(position >= self.acknowledged);
        let counted = self.village.sql("select count(*), count(distinct position) from readings_raw").await;
        assert_eq!(counted, [format!("{position},{position}")]);
        let root = Url::from_directory_path(self.village.folder.path()).unwrap();
        let found = engine::table::survey(&root, &Default::default(), Depth::Bytes, &|_| {}).await.unwrap();
        assert_eq!(found.damages, []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_needed_is_deleted(steps in steps()) {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
            let mut history = History::begin().await;
            for (n, (step, turns)) in steps.into_iter().enumerate() {
                history.step(step, turns).await;
                if n % 10 == 9 {
                    history.prove().await;
                }
            }
            history.prove().await;
        });
    }
}
