//! Applying a community: its document is read against the registry, and what is new goes to the store.

use engine::calendar::SECOND;
use engine::error::{ErrorKind, Result};
use engine::table::Lake;

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Problem, refused};
use crate::registry::{Current, Document, ParsedFile, community_of, parse_community};
use crate::store::{Applied, Names};

/// How often a document is read against the registry again because somebody else changed it meanwhile.
const ATTEMPTS_MAX: usize = 10;

/// A document of a community.
#[derive(Debug)]
pub struct Input {
    /// What problems call it.
    pub name: String,
    /// TOML, or JSON where the name ends so.
    pub text: String,
    /// The community that it must be of, where somebody says which.
    pub community: Option<String>,
    /// What may change of times that published runs have shared.
    pub settled: Settled,
}

/// What may change of times that published runs have shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Nothing, unless the document says that it corrects.
    Stays,
    /// Everything: the simulated communities of a demo.
    Follows,
}

/// What applying a document did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub community_id: String,
    pub applied: Applied,
    pub warnings: Vec<Problem>,
}

/// Writes what is new in a document to the store, in one transaction. Twice the same document changes nothing the
/// second time.
///
/// # Errors
/// [`Failure::Document`] with all problems, when the document is wrong; else what failed.
pub async fn apply(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    actor.must_operate()?;
    let store = &place.store;
    let document = Document::of_file(&input.name, &input.text);
    let mut attempt = 1;
    loop {
        let today = engine::calendar::utc(store.now()).date_naive();
        let current =
            Current::new(store.current_rows().await?).applied_by(format!("applied by {}, {today}", actor.name()));
        let current = match input.settled {
            Settled::Stays => with_settled(&place.lake, current, document).await?,
            Settled::Follows => current,
        };
        let parsed = parse_community(document, &input.name, &current).map_err(Failure::Document)?;
        if let Some(other) = input.community.as_ref().filter(|id| **id != parsed.community_id) {
            return Err(refused::file_of_other(&input.name, &parsed.community_id, other).into());
        }
        match store.apply_rows(actor.name(), &parsed.rows, &names(&parsed), current.sequence()).await {
            Ok(applied) => {
                return Ok(Done { community_id: parsed.community_id, applied, warnings: parsed.warnings });
            }
            Err(e) if e.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX => attempt += 1,
            Err(e) => return Err(e.into()),
        }
    }
}

/// Adds what published runs have shared of the community that the document speaks of.
async fn with_settled(lake: &Lake, current: Current, document: Document<'_>) -> Result<Current> {
    let Some(known) = community_of(document).and_then(|id| current.shares(&id)) else { return Ok(current) };
    let (id, grid) = (known.community_id.clone(), i64::from(known.interval_minutes) * 60 * SECOND);
    let Some(published) = lake.published().await? else { return Ok(current) };
    let spans = lake.shared_spans(&published, &id, grid).await?;
    Ok(current.with_settled(id, spans))
}

fn names(parsed: &ParsedFile) -> Names {
    let id = &parsed.community_id;
    let members = parsed.member_names.iter().map(|(member, name)| ((id.clone(), member.clone()), name.clone()));
    Names {
        communities: parsed.name.iter().map(|name| (id.clone(), name.clone())).collect(),
        members: members.collect(),
    }
}
