//! Two communities, and somebody who may see one of them.

use std::sync::Arc;

use datafusion::physical_plan::displayable;
use engine::clock::ManualClock;
use engine::schema::Table;

use super::rows::Rows;
use super::{Reader, View, month, trace};
use crate::act;
use crate::act::apply::Settled;
use crate::auth::Actor;
use crate::config::Config;
use crate::installation::Installation;
use crate::problem::Kind;
use crate::registry::series::Stated;
use crate::worker::{self, Task};

fn file(id: &str) -> String {
    format!(
        "[community]\nid = \"{id}\"\nname = \"{id}\"\ncountry = \"FR\"\ntimezone = \"Europe/Paris\"\ncurrency \
        = \"EUR\"\n\
         interval_minutes = 15\n[[member]]\nid = \"{id}-m\"\nname = \"M\"\nkind = \"household\"\n\
         [[metering_point]]\nid = \"{id}-c\"\nmember = \"{id}-m\"\ndirections = [\"import\"]\nvalid_from \
         = \"2026-01-01\"\n\
         [[metering_point]]\nid = \"{id}-p\"\nmember = \"{id}-m\"\ndirections = [\"export\"]\nvalid_from \
         = \"2026-01-01\"\n\
         [[allocation_key]]\nvalid_from = \"2026-01-01\"\nkind = \"prorata\"\n\
         [[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.1\"\nvat_percent = \
         20\n"
    )
}

/// `here` and `elsewhere`, each with a quarter-hour of June 2026, computed.
async fn prepared() -> (tempfile::TempDir, Installation) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data: folder.path().join("lake").display().to_string(), ..Config::default() };
    let now = engine::calendar::parse_rfc3339("2026-07-10T00:00:00Z").unwrap();
    let place = Installation::with_clock(config, Arc::new(ManualClock::at(now))).await.unwrap();
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    for id in ["here", "elsewhere"] {
        let input =
            act::apply::Input { name: "test.toml".into(), text: file(id), community: None, settled: Settled::Stays };
        act::apply::apply(&Actor::operator("test"), &place, input).await.unwrap();
        csv += &format!("{id}-c,import,2026-06-15T10:00:00Z,900,2.0,measured\n");
        csv += &format!("{id}-p,export,2026-06-15T10:00:00Z,900,1.0,measured\n");
    }
    worker::perform(&place, &Task::Copy).await.unwrap();
    let path = folder.path().join("june.csv");
    std::fs::write(&path, csv).unwrap();
    let operator = Actor::operator("test");
    let taken = act::ingest::act(&operator, &place, act::ingest::Input::of(&path)).await.unwrap();
    assert_eq!((taken.accepted, taken.rejected), (4, 0));
    worker::perform(&place, &Task::Pending).await.unwrap();
    (folder, place)
}

/// The communities in a table, and the files that its scan would open.
async fn scanned(reader: &Reader<'_>, table: Table) -> (Vec<String>, String) {
    let session = reader.tables().await.unwrap();
    let sql = format!("select distinct community_id from {} order by 1", table.name());
    let rows = Rows::of(&session, &sql, &[]).await.unwrap();
    let plan = session.sql(&format!("select * from {}", table.name())).await.unwrap();
    let plan = plan.create_physical_plan().await.unwrap();
    let files = displayable(plan.as_ref()).indent(true).to_string();
    (rows.iter().map(|row| row.text("community_id").unwrap()).collect(), files)
}

async fn line_of(reader: &Reader<'_>, id: &str) -> String {
    let view = reader.community(id).await.unwrap();
    let june = "2026-06-01".parse().unwrap();
    let month = month::of(&view, june).await.unwrap();
    assert!(month.members.iter().all(|m| m.member_id == format!("{id}-m")) && !month.members.is_empty());
    month.lines.first().unwrap().line.line_id.clone()
}

#[tokio::test]
async fn who_may_see_one_community_sees_nothing_of_another() {
    let (_folder, place) = prepared().await;
    let (operator, visitor) = (Actor::operator("test"), Actor::visitor([&"here".to_string()]));
    let all = Reader::of(&operator, &place).await.unwrap();
    let one = Reader::of(&visitor, &place).await.unwrap();
    let (own, foreign) = (line_of(&all, "here").await, line_of(&all, "elsewhere").await);

    // The page and the report: as if there were no such community.
    let refused = one.community("elsewhere").await.err().unwrap().to_string();
    assert_eq!(refused, "community `elsewhere` is not registered; there are here");
    assert_eq!(line_of(&one, "here").await, own);
    // The trace.
    assert_eq!(trace::open(&one, &own).await.unwrap().line.line.line_id, own);
    let refused = trace::open(&one, &foreign).await.err().unwrap().to_string();
    assert!(refused.contains("there is no statement line"), "{refused}");
    assert!(trace::open(&all, &foreign).await.is_ok());
    // SQL: no row of the other one, and no file of it in the scan.
    for table in Table::RESULTS {
        let (communities, files) = scanned(&one, table).await;
        assert!(communities.iter().all(|id| id == "here"), "{}: {communities:?}", table.name());
        assert!(!files.contains("elsewhere"), "{}: {files}", table.name());
    }
    let (communities, files) = scanned(&all, Table::Balances).await;
    assert_eq!(communities, ["elsewhere", "here"]);
    assert!(files.contains("elsewhere"), "{files}");
    for table in [Table::ReadingsRaw, Table::Runs, Table::Quarantine] {
        let session = one.tables().await.unwrap();
        assert!(Rows::of(&session, &format!("select * from {}", table.name()), &[]).await.is_err());
    }
}

#[tokio::test]
async fn who_only_looks_changes_nothing() {
    let (folder, place) = prepared().await;
    let visitor = Actor::visitor([&"here".to_string()]);
    let path = folder.path().join("june.csv");
    assert!(act::ingest::act(&visitor, &place, act::ingest::Input::of(&path)).await.is_err());
    let input =
        act::apply::Input { name: "test.toml".into(), text: file("more"), community: None, settled: Settled::Stays };
    let refused = act::apply::apply(&visitor, &place, input).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Forbidden, "{refused}");
    let stated = Stated { community: Some("here".into()), series: Some("spot".into()), ..Stated::default() };
    let input = act::apply_series::Input { name: "spot.csv".into(), text: String::new(), stated };
    assert_eq!(act::apply_series::apply_series(&visitor, &place, input).await.unwrap_err().kind(), Kind::Forbidden);
    let pending = act::run::Input { job: "all".into(), community: None, days: None, past: None };
    assert!(act::run::act(&visitor, &place, pending).await.is_err());
    let month = "2026-06-01".parse().unwrap();
    let bill = |dry_run| act::bill::Input { community: "here".into(), month, run: None, dry_run };
    let refused = act::bill::act(&visitor, &place, bill(false)).await.unwrap_err().to_string();
    assert_eq!(refused, "only who runs the installation may do this");
    let days = ("2026-06-01".parse().unwrap(), "2026-07-01".parse().unwrap());
    let keys = act::export_keys::Input {
        community: "elsewhere".into(),
        from: days.0,
        to: days.1,
        producer: None,
        operation: Some("ACC1".into()),
    };
    let refused = act::export_keys::act(&visitor, &place, keys).await.err().unwrap().to_string();
    assert!(refused.contains("is not registered"), "{refused}");
}

async fn consumption(view: &View) -> String {
    let sql = "select cast(sum(consumption_kwh) as varchar) as kwh from balances";
    Rows::of(&view.session, sql, &[]).await.unwrap().only().unwrap().text("kwh").unwrap()
}

#[tokio::test]
async fn kept_sessions_do_not_see_what_others_add_and_end_with_their_publication() {
    let (folder, place) = prepared().await;
    let visitor = Actor::visitor([&"here".to_string()]);
    let reader = Reader::of(&visitor, &place).await.unwrap();
    let first = reader.community("here").await.unwrap();
    first.session.deregister_table("balances").unwrap();
    let second = reader.community("here").await.unwrap();
    assert_eq!(consumption(&second).await, "2.000000");
    let path = folder.path().join("correction.csv");
    let lines = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
                 here-c,import,2026-06-15T10:00:00Z,900,3.0,edited,1\n";
    std::fs::write(&path, lines).unwrap();
    act::ingest::act(&Actor::operator("test"), &place, act::ingest::Input::of(&path)).await.unwrap();
    worker::perform(&place, &Task::Pending).await.unwrap();
    let newer = Reader::of(&visitor, &place).await.unwrap();
    assert_eq!(consumption(&newer.community("here").await.unwrap()).await, "3.000000");
    assert_eq!(consumption(&reader.community("here").await.unwrap()).await, "2.000000", "as it was published then");
}
