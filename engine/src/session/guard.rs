//! What SQL of a user may cost: how deep it may be before it is parsed, and how much memory it may take.
//!
//! Parsing, planning and even dropping an expression go as deep into the stack as the expression is deep, so depth is
//! bounded before anything is parsed.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, Result};

/// Longest statement in bytes.
const SQL_BYTES_MAX: usize = 256 << 10;
/// Most operators and brackets that stand in one another.
const DEPTH_MAX: usize = 200;
/// Words after which another expression begins.
const BEGIN: [&str; 13] =
    ["SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "ON", "BY", "WINDOW", "PARTITION", "AS", "USING"];
/// Words that make an expression deeper.
const DEEPEN: [&str; 10] = ["AND", "OR", "NOT", "IS", "LIKE", "ILIKE", "BETWEEN", "IN", "WHEN", "DIV"];
/// Words that put one more query or table beside those before: the chain is as deep as it is long.
const CHAIN: [&str; 4] = ["UNION", "EXCEPT", "INTERSECT", "JOIN"];

/// What the queries of a user may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of one query.
    pub memory_bytes: usize,
    /// What of it may wait on the disk.
    pub spill_bytes: u64,
}

/// Refuses a statement that is too long or too deep to be parsed.
///
/// # Errors
/// User, with the limit.
pub fn check_depth(sql: &str) -> Result<()> {
    if sql.len() > SQL_BYTES_MAX {
        return Err(Error::user(format!("the statement has {} bytes; at most {SQL_BYTES_MAX} are taken", sql.len())));
    }
    // What cannot be told apart into words is said by the parser, which reads no further than that.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return Ok(()) };
    let depth = depth(&tokens);
    if depth > DEPTH_MAX {
        return Err(Error::user(format!(
            "the statement is {depth} operators and brackets deep; at most {DEPTH_MAX} are taken: write many values of \
             one column as IN (...), and parts of a long expression as columns of a subquery"
        )));
    }
    Ok(())
}

/// The most operators and brackets in one another, or more: a chain of operators is as deep as it is long.
fn depth(tokens: &[Token]) -> usize {
    // What is open around, and the most inner bracket.
    let (mut around, mut here) = (Vec::<Level>::new(), Level::default());
    let (mut outside, mut most) = (0usize, 0usize);
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                outside += here.depth() + 1;
                around.push(std::mem::take(&mut here));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                if let Some(outer) = around.pop() {
                    here = outer;
                    outside = outside.saturating_sub(here.depth() + 1);
                }
            }
            Token::Comma | Token::SemiColon => here.operators = 0,
            Token::Word(word) if word.quote_style.is_none() => here.take(&word.value.to_ascii_uppercase()),
            Token::Whitespace(_) | Token::Word(_) | Token::Number(..) | Token::Period => {}
            Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::NationalStringLiteral(_) => {}
            Token::Placeholder(_) | Token::EOF => {}
            // Every other token is an operator.
            _ => here.operators += 1,
        }
        most = most.max(outside + here.depth());
    }
    most
}

/// How deep it is so far inside of one bracket.
#[derive(Default)]
struct Level {
    /// Of the expression that is open.
    operators: usize,
    /// Queries and tables beside each other.
    chained: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.operators + self.chained
    }

    fn take(&mut self, word: &str) {
        if CHAIN.contains(&word) {
            self.chained += 1;
        } else if BEGIN.contains(&word) {
            self.operators = 0;
        } else if DEEPEN.contains(&word) {
            self.operators += 1;
        }
    }
}

/// A session with the tables of another, whose queries take no more than the limits.
///
/// # Errors
/// Environment, when there is no place for what has to wait on the disk.
pub fn limited(session: &SessionContext, limits: Limits) -> Result<SessionContext> {
    let state = session.state();
    let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes)))
        .with_max_temp_directory_size(limits.spill_bytes)
        .build_arc()?;
    let state = SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build();
    Ok(SessionContext::new_with_state(state))
}

/// An error of a user's own query: what it asks for and cannot be had is the user's, not a defect.
pub fn as_asked(e: DataFusionError) -> Error {
    use DataFusionError as D;
    match e.find_root() {
        D::External(_) | D::IoError(_) | D::ObjectStore(_) => Error::environment("query failed", e),
        D::ResourcesExhausted(_) => Error::user(
            "the query takes more memory than a query may: ask for fewer rows or columns, or narrow it by a condition \
             on time",
        ),
        D::Internal(_) => Error::from(e),
        _ => Error::user(e.strip_backtrace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, fits: bool) {
        assert_eq!(check_depth(sql).is_ok(), fits, "{}", &sql[..sql.len().min(80)]);
    }

    #[test]
    fn depth_is_bounded_before_anything_is_parsed() {
        check(&format!("select * from t where true{}", " and true".repeat(700)), false);
        check(&format!("select 1{}", "+1".repeat(10_000)), false);
        check(&format!("select 1{}", "::int".repeat(5_000)), false);
        check(&format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000)), false);
        check(&format!("select {}1{}", "cast(".repeat(5_000), " as int)".repeat(5_000)), false);
        check(&format!("select 1{}", " union all select 1".repeat(5_000)), false);
        check(&format!("select {}true", "not ".repeat(5_000)), false);
        check(&format!("select {}1", "- ".repeat(5_000)), false);
        check(&format!("select 1 -- {}", "x".repeat(300 << 10)), false);
    }

    #[test]
    fn long_statements_that_are_flat_are_taken() {
        let values: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
        check(&format!("select * from t where a in ({})", values.join(",")), true);
        let columns: Vec<String> = (0..1_000).map(|n| format!("a + b * {n} as c{n}")).collect();
        check(&format!("select {} from t", columns.join(", ")), true);
        check(&format!("select 1 where a = 1{}", " and a = 1".repeat(90)), true);
    }
}
