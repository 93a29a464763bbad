//! What published runs have shared of the community that a file speaks of.

use engine::calendar::SECOND;
use engine::error::Result;
use engine::table::Lake;
use toml::de::DeTable;

use super::Current;

/// Adds the settled times of the file's community. A file that cannot be read is left to those who say why.
///
/// # Errors
/// Environment, when the lake cannot be read.
pub(super) async fn of_file(lake: &Lake, current: Current, text: &str) -> Result<Current> {
    let (table, _) = DeTable::parse_recoverable(text);
    let community = table.get_ref().get("community").and_then(|c| c.get_ref().get("id")?.get_ref().as_str());
    let Some(known) = community.and_then(|id| current.registry.communities.get(id)) else { return Ok(current) };
    let (id, grid) = (known.community_id.clone(), i64::from(known.interval_minutes) * 60 * SECOND);
    // Without a key nothing was shared by one.
    if !current.registry.allocation_keys.contains_key(&id) {
        return Ok(current);
    }
    let Some(published) = lake.published().await? else { return Ok(current) };
    let spans = lake.shared_spans(&published, &id, grid).await?;
    Ok(current.with_settled(id, spans))
}
