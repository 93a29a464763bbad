//! `ecoop sql "..."`: reads the tables of the installation, as its operator.

use std::io::{IsTerminal, Stdout};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::csv::{Writer, WriterBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, Writer as JsonWriter, WriterBuilder as JsonBuilder};
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;
use engine::Error;
use engine::session::guard::{Limits, as_asked, limited};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;

use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;

/// Rows of a table for people; files have all of them.
const TABLE_ROWS_MAX: usize = 10_000;

#[derive(clap::Args)]
pub struct Args {
    /// One SELECT; `select * from information_schema.tables` lists what there is
    sql: String,
    /// How rows are written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Look at what was published at this instant
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Json,
    Parquet,
    Arrow,
}

/// Runs the query and writes its rows.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let reader = match args.as_of.as_deref() {
        None => Reader::of(actor, installation).await?,
        Some(as_of) => Reader::at(actor, installation, as_of).await?,
    };
    let config = &installation.config.sql;
    let limits = Limits { memory_bytes: config.memory_mb << 20, spill_bytes: (config.spill_mb as u64) << 20 };
    let session = limited(&reader.tables().await?, limits)?;
    let writing = write_rows(&session, &args);
    let Ok(done) = tokio::time::timeout(Duration::from_secs(config.seconds), writing).await else {
        let seconds = config.seconds;
        return Err(Error::user(format!(
            "the query took more than {seconds} s and was stopped; narrow it by a condition on time, or raise \
             sql.seconds in the configuration"
        ))
        .into());
    };
    done
}

/// Writes the rows as they come: what is written is never held as a whole.
async fn write_rows(session: &SessionContext, args: &Args) -> Result<(), Failure> {
    let frame = engine::session::query(session, &args.sql).await?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let mut rows = frame.execute_stream().await.map_err(as_asked)?;
    let mut sink = Sink::new(args.format, &schema)?;
    while let Some(batch) = rows.next().await {
        sink.write(&batch.map_err(as_asked)?)?;
    }
    sink.finish()
}

/// Rows that a format cannot hold are the statement's; a place that cannot be written is the environment's.
fn unwritable(e: ArrowError) -> Error {
    match e {
        ArrowError::IoError(..) | ArrowError::ExternalError(_) => Error::from(e),
        e => Error::user(format!("the rows cannot be written: {e}")),
    }
}

/// Standard output in one of the formats.
enum Sink {
    /// As wide as its cells, so that it is held, and no longer than a person looks at.
    Table {
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
        rows: usize,
    },
    Csv(Box<Writer<Stdout>>),
    Json(JsonWriter<Stdout, JsonArray>),
    Parquet(Box<ArrowWriter<Stdout>>),
    Arrow(Box<StreamWriter<Stdout>>),
}

impl Sink {
    fn new(format: Format, schema: &SchemaRef) -> Result<Self, Failure> {
        let out = std::io::stdout();
        Ok(match format {
            Format::Table => Self::Table { schema: schema.clone(), batches: vec![], rows: 0 },
            Format::Csv => {
                let mut writer = WriterBuilder::new().with_header(true).build(out);
                writer.write(&RecordBatch::new_empty(schema.clone())).map_err(unwritable)?;
                Self::Csv(Box::new(writer))
            }
            Format::Json => Self::Json(JsonBuilder::new().with_explicit_nulls(true).build(out)),
            Format::Parquet | Format::Arrow if out.is_terminal() => {
                return Err(Error::user("this format is not for a terminal; send it into a file by `> FILE`").into());
            }
            Format::Parquet => {
                Self::Parquet(Box::new(ArrowWriter::try_new(out, schema.clone(), None).map_err(Error::from)?))
            }
            Format::Arrow => Self::Arrow(Box::new(StreamWriter::try_new(out, schema).map_err(unwritable)?)),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        match self {
            Self::Table { batches, rows, .. } => {
                let shown = batch.num_rows().min(TABLE_ROWS_MAX.saturating_sub(*rows));
                *rows += batch.num_rows();
                if shown > 0 {
                    batches.push(batch.slice(0, shown));
                }
            }
            Self::Csv(writer) => writer.write(batch).map_err(unwritable)?,
            Self::Json(writer) => writer.write(batch).map_err(unwritable)?,
            Self::Parquet(writer) => writer.write(batch).map_err(Error::from)?,
            Self::Arrow(writer) => writer.write(batch).map_err(unwritable)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Table { schema, mut batches, rows } => {
                if batches.is_empty() {
                    batches.push(RecordBatch::new_empty(schema));
                }
                print(&format!("{}\n", pretty_format_batches(&batches).map_err(unwritable)?))?;
                if rows > TABLE_ROWS_MAX {
                    eprintln!("the first {TABLE_ROWS_MAX} of {rows} rows; --format csv writes all of them");
                }
            }
            Self::Csv(_) => {}
            Self::Json(mut writer) => {
                writer.finish().map_err(unwritable)?;
                print("\n")?;
            }
            Self::Parquet(writer) => drop(writer.close().map_err(Error::from)?),
            Self::Arrow(mut writer) => writer.finish().map_err(unwritable)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session answers, as JSON.
    async fn check(sql: &str, want: &str) {
        let frame = engine::session::query(&engine::session::plain(), sql).await.unwrap();
        let mut writer = JsonBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
        writer.write_batches(&frame.collect().await.unwrap().iter().collect::<Vec<_>>()).unwrap();
        writer.finish().unwrap();
        assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), want, "{sql}");
    }

    #[tokio::test]
    async fn what_is_null_is_written_as_null() {
        check("select 1 as a, cast(null as bigint) as b, null as c", r#"[{"a":1,"b":null,"c":null}]"#).await;
        let decimals = "select cast(a as decimal(18, 6)) as a from (values (null), (1.5)) as t(a)";
        check(decimals, r#"[{"a":null},{"a":1.500000}]"#).await;
        check("select 1 as a where false", "[]").await;
    }

    #[tokio::test]
    async fn nulls_inside_of_values_are_written_too() {
        check("select named_struct('x', 1, 'y', cast(null as text)) as s", r#"[{"s":{"x":1,"y":null}}]"#).await;
        check("select [1, null, 3] as l", r#"[{"l":[1,null,3]}]"#).await;
        check(
            "select [named_struct('x', cast(null as bigint))] as l, map(['k'], [cast(null as bigint)]) as m",
            r#"[{"l":[{"x":null}],"m":{"k":null}}]"#,
        )
        .await;
    }
}
