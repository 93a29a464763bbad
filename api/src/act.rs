//! What people do. One verb, one file, one shape: `act(actor, place, input) -> Result<Done>`: the right to do it, the
//! check of what is asked, one transaction, the answer. Nothing here knows HTTP or the command line.

pub mod accept_loss;
pub mod apply;
pub mod apply_series;
pub mod bill;
pub mod check;
pub mod export_keys;
pub mod ingest;
pub mod release;
pub mod repair;
pub mod replay;
pub mod run;
