//! The settlement of what is published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::prelude::SessionContext;

use super::{Columns, Settlement};
use crate::calendar::Span;
use crate::error::Result;
use crate::registry::Registry;
use crate::schema::Table;
use crate::session::register_rows;
use crate::settlement::community::Community;
use crate::settlement::community::has_storages;
use crate::settlement::opening::opening;
use crate::table::Published;
use crate::table::scan::Visible;
use crate::table::{Lake, LakeTable};

/// A session with `sharing` and `point_months` over a community's published readings of a time, by the master data of
/// `registry`, and with `point_members`: whose each metering point was last in that time.
///
/// # Errors
/// Environment, when the lake cannot be read.
pub async fn settle_published(
    lake: &Lake,
    published: &Published,
    registry: Arc<Registry>,
    community: &str,
    span: Span,
) -> Result<SessionContext> {
    let session = crate::session::plain();
    let visible = Visible::Communities(BTreeSet::from([community.to_string()]));
    let table = LakeTable::new(&lake.published_snapshot(published, Table::Readings).await?, &visible)?;
    let readings = table.within("interval_start", span).readable_in(&session);
    let members: BTreeMap<String, String> = registry
        .participations_in(community, span)
        .map(|(p, _)| (p.metering_point_id.clone(), p.member_id.clone()))
        .collect();
    let field = |name: &str| Field::new(name, DataType::Utf8, false);
    let schema = Arc::new(Schema::new(vec![field("metering_point_id"), field("member_id")]));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(StringArray::from_iter_values(members.keys())),
            Arc::new(StringArray::from_iter_values(members.values())),
        ],
    )?;
    register_rows(&session, "point_members", schema, vec![batch])?;
    let mut openings = BTreeMap::new();
    if has_storages(&registry, community) {
        let storage = lake.published_snapshot(published, Table::Storage).await?;
        let stocks = opening(&storage, &Community::new(&registry, community, "")?, span.start).await?;
        openings.insert(community.to_string(), stocks);
    }
    let settlement = Settlement::new(registry, Columns::default(), span, readings)?;
    settlement.opening_with(openings).register(&session)?;
    Ok(session)
}
