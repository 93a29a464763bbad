//! Sessions: who may see what, within which limits, with which functions.

pub(crate) mod columns;
pub mod functions;
pub mod guard;
pub(crate) mod repeated;

pub use columns::register_rows;

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider,
};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{SessionConfig, SessionContext};

/// The settings that every session shares.
pub fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(2)
        .with_information_schema(true)
        .with_collect_statistics(false)
        .with_repartition_file_scans(false);
    let options = config.options_mut();
    options.execution.time_zone = Some("UTC".to_string());
    options.optimizer.prefer_existing_sort = true;
    options.optimizer.subset_repartition_threshold = 1;
    options.execution.parquet.pushdown_filters = true;
    config
}

/// A session with no tables.
#[expect(clippy::disallowed_methods, reason = "sessions are made here")]
pub fn plain() -> SessionContext {
    let session = SessionContext::new_with_config(config());
    functions::register(&session);
    session
}

/// A session with no tables for SQL that runs again and again over few rows: one thread, plans that are kept.
#[expect(clippy::disallowed_methods, reason = "sessions are made here")]
pub(crate) fn repeated() -> SessionContext {
    let mut config = config().with_target_partitions(1);
    config.options_mut().optimizer.enable_dynamic_filter_pushdown = false;
    let config = config.with_extension(Arc::new(repeated::Repeated::default()));
    let session = SessionContext::new_with_config(config);
    functions::register(&session);
    session
}

/// A session with no tables for work that streams whole tables by so many threads: fewer and larger batches.
#[expect(clippy::disallowed_methods, reason = "sessions are made here")]
pub fn streaming(threads: usize) -> SessionContext {
    let config = config().with_target_partitions(threads).with_batch_size(STREAMING_ROWS);
    let session = SessionContext::new_with_config(config);
    functions::register(&session);
    session
}

/// Rows of a batch where whole tables stream: large enough that what a batch costs by itself does not count.
const STREAMING_ROWS: usize = 32_768;

/// A session that begins with the tables of another. What is added to it, the other one does not see.
///
/// # Errors
/// Internal, when the session refuses a name.
pub async fn beside(session: &SessionContext) -> crate::Result<SessionContext> {
    let state = session.state();
    let names = &state.config_options().catalog;
    let (catalog_name, schema_name) = (names.default_catalog.clone(), names.default_schema.clone());
    let tables = MemorySchemaProvider::new();
    if let Some(own) = session.catalog(&catalog_name).and_then(|catalog| catalog.schema(&schema_name)) {
        for name in own.table_names() {
            if let Some(table) = own.table(&name).await? {
                tables.register_table(name, table)?;
            }
        }
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(&schema_name, Arc::new(tables))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(catalog_name, Arc::new(catalog));
    let state = SessionStateBuilder::new_from_existing(state).with_catalog_list(Arc::new(catalogs)).build();
    Ok(SessionContext::new_with_state(state))
}

/// Plans one SELECT of a user: nothing that writes, defines or sets anything.
///
/// # Errors
/// User, when it is not a SELECT, names what is not there, or is too deep to be parsed.
pub async fn query(session: &SessionContext, sql: &str) -> crate::Result<DataFrame> {
    guard::check_depth(sql)?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    session.sql_with_options(sql, options).await.map_err(guard::as_asked)
}
