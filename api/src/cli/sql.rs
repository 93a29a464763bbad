//! `ecoop sql "..."`: reads the tables of the installation, as its operator.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, WriterBuilder as JsonBuilder};
use arrow::util::pretty::pretty_format_batches;
use engine::Error;
use parquet::arrow::ArrowWriter;

use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;

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
    let session = reader.tables().await?;
    let frame = engine::session::query(&session, &args.sql).await?;
    let schema: SchemaRef = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.map_err(Error::from)?;
    write(args.format, &schema, &batches)
}

/// Writes rows to standard output.
pub fn write(format: Format, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(), Failure> {
    match format {
        Format::Table => {
            let empty = [RecordBatch::new_empty(schema.clone())];
            let rows = if batches.is_empty() { &empty[..] } else { batches };
            print(&format!("{}\n", pretty_format_batches(rows).map_err(Error::from)?))
        }
        Format::Csv => {
            let mut out = Vec::new();
            let mut writer = WriterBuilder::new().with_header(true).build(&mut out);
            writer.write(&RecordBatch::new_empty(schema.clone())).map_err(Error::from)?;
            for batch in batches {
                writer.write(batch).map_err(Error::from)?;
            }
            drop(writer);
            print(&String::from_utf8_lossy(&out))
        }
        Format::Json => print(&format!("{}\n", json(batches)?)),
        Format::Parquet => {
            let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), None).map_err(Error::from)?;
            for batch in batches {
                writer.write(batch).map_err(Error::from)?;
            }
            binary(&writer.into_inner().map_err(Error::from)?)
        }
        Format::Arrow => {
            let mut writer = StreamWriter::try_new(Vec::new(), schema).map_err(Error::from)?;
            for batch in batches {
                writer.write(batch).map_err(Error::from)?;
            }
            binary(&writer.into_inner().map_err(Error::from)?)
        }
    }
}

/// Rows as one array of objects, each with every column: what is null is written as null, also inside of a value.
fn json(batches: &[RecordBatch]) -> Result<String, Error> {
    let mut writer = JsonBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
}

fn binary(bytes: &[u8]) -> Result<(), Failure> {
    use std::io::IsTerminal;
    let mut out = std::io::stdout();
    if out.is_terminal() {
        return Err(Error::user("this format is not for a terminal; send it into a file by `> FILE`").into());
    }
    out.write_all(bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session answers, as JSON.
    async fn check(sql: &str, want: &str) {
        let frame = engine::session::query(&engine::session::plain(), sql).await.unwrap();
        assert_eq!(json(&frame.collect().await.unwrap()).unwrap(), want, "{sql}");
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
