//! Jobs that are one statement each, of the same text, given to SQLite in one go. See docs/decisions/0019-one-go.md.
//!
//! 1. The text of several is made once: the statement, and again with its parameters numbered on.
//! 2. Each adds its values behind those of the one before.
//! 3. The statements run one after the other, and each row is the answer of the statement that gave it.
//!
//! Easy to get wrong: a statement that changes nothing gives no row, so the rows alone do not tell whose they are; the end
//! of each statement does.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Error, Executor};

/// How many may go at once. SQLite keeps each statement of each text compiled, so there are few texts.
const TOGETHER: [usize; 2] = [16, 4];

/// Adds a statement's values to the others'.
pub(super) type Bind = Box<dyn Fn(&mut SqliteArguments) -> Result<(), BoxDynError> + Send>;

/// One statement, its values, and the row that it gave.
pub(super) struct Statement {
    sql: &'static str,
    bind: Bind,
    pub(super) row: Option<SqliteRow>,
}

/// The texts of several statements, and how many parameters one has.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<(&'static str, usize), (usize, Arc<str>)>);

impl Statement {
    pub(super) fn new(sql: &'static str, bind: Bind) -> Self {
        Self { sql, bind, row: None }
    }

    /// Runs it alone.
    pub(super) async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let mut arguments = SqliteArguments::default();
        (self.bind)(&mut arguments).map_err(Error::Encode)?;
        debug_assert_eq!(arguments.len(), parameters(self.sql), "{}", self.sql);
        let query = sqlx::query_with(self.sql, arguments);
        self.row = query.fetch_optional(connection).await?;
        Ok(())
    }
}

impl Texts {
    /// Runs them, those of the same text in one go.
    pub(super) async fn run(
        &mut self,
        connection: &mut SqliteConnection,
        mut statements: Vec<&mut Statement>,
    ) -> Result<(), Error> {
        statements.sort_by_key(|statement| statement.sql);
        for same in statements.chunk_by_mut(|one, next| one.sql == next.sql) {
            let mut rest = same;
            while let Some(count) = TOGETHER.into_iter().find(|count| *count <= rest.len()) {
                let (now, later) = rest.split_at_mut(count);
                self.run_together(connection, now).await?;
                rest = later;
            }
            for statement in rest {
                statement.run(connection).await?;
            }
        }
        Ok(())
    }

    async fn run_together(
        &mut self,
        connection: &mut SqliteConnection,
        statements: &mut [&mut Statement],
    ) -> Result<(), Error> {
        let mut arguments = SqliteArguments::default();
        for statement in &mut *statements {
            statement.row = None;
            (statement.bind)(&mut arguments).map_err(Error::Encode)?;
        }
        let Some(text) = self.text(statements, arguments.len()) else {
            return Err(Error::Protocol("not as many values as parameters".to_owned()));
        };
        let mut results = connection.fetch_many(sqlx::query_with(AssertSqlSafe(text), arguments));
        let mut ended = 0;
        while let Some(result) = results.try_next().await? {
            match (result, statements.get_mut(ended)) {
                (Either::Right(row), Some(statement)) => statement.row = Some(row),
                (Either::Right(_), None) => return Err(Error::Protocol("a row of no statement".into())),
                (Either::Left(_), _) => ended += 1,
            }
        }
        drop(results);
        if ended == statements.len() {
            Ok(())
        } else {
            let why = format!("{ended} of {} statements ended", statements.len());
            Err(Error::Protocol(why))
        }
    }

    /// The text of these; `None` unless there are so many values in all.
    fn text(&mut self, statements: &[&mut Statement], values: usize) -> Option<Arc<str>> {
        let (sql, count) = (statements.first()?.sql, statements.len());
        let (parameters, text) = self.0.entry((sql, count)).or_insert_with(|| {
            let parameters = parameters(sql);
            (parameters, repeated(sql, count, parameters).into())
        });
        (*parameters * count == values).then(|| Arc::clone(text))
    }
}

/// How many parameters a statement has: the highest number of one. SQLite takes those without a value for NULL.
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).and_then(|number| number.parse().ok()).unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

/// A statement so many times, each with its own `parameters`: "$1" is "$3" in the second of a statement of two.
fn repeated(sql: &str, count: usize, parameters: usize) -> String {
    let mut text = String::with_capacity(sql.len() * count);
    for before in (0..count).map(|earlier| earlier * parameters) {
        let mut parts = sql.split('$');
        text.extend(parts.next());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (number, rest) = part.split_at(end);
            text.push('$');
            text.push_str(
                &number
                    .parse()
                    .map_or(number.to_owned(), |number: usize| (before + number).to_string()),
            );
            text.push_str(rest);
        }
        text.push(';');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_by_their_numbers() {
        for (sql, count) in [("SELECT 1", 0), ("f($2) + $10 + $2", 10), ("$1 $ $x", 1)] {
            assert_eq!(parameters(sql), count, "{sql}");
        }
    }

    #[test]
    fn each_has_parameters_of_its_own() {
        assert_eq!(repeated("SELECT $1, $2, $1", 1, 2), "SELECT $1, $2, $1;");
        assert_eq!(repeated("f($2) + $10", 2, 10), "f($2) + $10;f($12) + $20;");
        assert_eq!(repeated("SELECT 1", 2, 0), "SELECT 1;SELECT 1;");
    }
}
