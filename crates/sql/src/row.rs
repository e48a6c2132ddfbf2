//! Rows and how they become the caller's types.
//!
//! A row is read where it is: on SQLite's reader thread, or from PostgreSQL's buffer. Columns are read by position.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::value::vector_from_bytes;
use crate::{Error, Json, Result, Time};

/// One row of a result.
#[derive(Debug)]
pub struct Row<'a> {
    statement: &'static str,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column<'a> {
    /// SQL NULL.
    Null,
    /// A truth value (PostgreSQL).
    Bool(bool),
    /// An integer; on SQLite also a bool or a time.
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// A text; also JSON.
    Text(&'a str),
    /// Bytes; also a vector.
    Bytes(&'a [u8]),
    /// A point in time (PostgreSQL).
    Time(Time),
}

impl Column<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an integer",
            Self::Real(_) => "a real",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Time(_) => "a time",
        }
    }
}

impl<'a> Row<'a> {
    pub(crate) fn sqlite(statement: &'static str, row: &'a rusqlite::Row<'a>) -> Self {
        Self {
            statement,
            source: Source::Sqlite(row),
        }
    }

    pub(crate) fn postgres(statement: &'static str, row: &'a tokio_postgres::Row) -> Self {
        Self {
            statement,
            source: Source::Postgres(row),
        }
    }

    /// How many columns the row has.
    pub fn len(&self) -> usize {
        match self.source {
            Source::Sqlite(row) => row.as_ref().column_count(),
            Source::Postgres(row) => row.len(),
        }
    }

    /// Whether the row has no column.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of the column at `index`, from 0.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T> {
        let column = match self.source {
            Source::Sqlite(row) => crate::sqlite::column(row, index),
            Source::Postgres(row) => crate::postgres::column(row, index),
        };
        column.and_then(T::from_value).map_err(|detail| Error::Decode {
            statement: self.statement,
            column: self.column_name(index),
            detail: detail.into_owned(),
        })
    }

    fn column_name(&self, index: usize) -> String {
        let name = match self.source {
            Source::Sqlite(row) => row.as_ref().column_name(index).ok(),
            Source::Postgres(row) => row.columns().get(index).map(tokio_postgres::Column::name),
        };
        name.map_or_else(|| format!("#{index}"), str::to_owned)
    }
}

/// Why a column cannot be read as the type that was asked for.
pub type ColumnFault = Cow<'static, str>;

/// A type that one column can hold. Implement it for ids and enums that are kept as text.
pub trait FromValue: Sized {
    /// Reads the column, or says what it holds instead.
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault>;
}

/// A type that one row can hold: tuples, single columns, and whatever implements it by hand.
pub trait FromRow: Sized {
    /// Reads the row.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

fn unfit<T>(wanted: &str, column: &Column<'_>) -> Result<T, ColumnFault> {
    Err(format!("it holds {} instead of {wanted}", column.kind()).into())
}

macro_rules! from_value {
    ($($type:ty, $wanted:literal: $($pattern:pat => $make:expr),+;)*) => {
        $(impl FromValue for $type {
            fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
                match column {
                    $($pattern => Ok($make),)+
                    other => unfit($wanted, &other),
                }
            }
        })*
    };
}

from_value! {
    bool, "a bool": Column::Bool(value) => value, Column::Int(0) => false, Column::Int(1) => true;
    i64, "an integer": Column::Int(value) => value;
    f64, "a real": Column::Real(value) => value, Column::Int(value) => value as f64;
    String, "a text": Column::Text(value) => value.to_owned();
    Box<str>, "a text": Column::Text(value) => value.into();
    std::sync::Arc<str>, "a text": Column::Text(value) => value.into();
    Vec<u8>, "bytes": Column::Bytes(value) => value.to_vec();
    bytes::Bytes, "bytes": Column::Bytes(value) => bytes::Bytes::copy_from_slice(value);
    Time, "a time": Column::Time(value) => value, Column::Int(value) => Time::from_micros(value);
}

macro_rules! from_integer {
    ($($type:ty),*) => {
        $(impl FromValue for $type {
            fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
                let value = i64::from_value(column)?;
                Self::try_from(value).map_err(|_| format!("{value} does not fit into {}", stringify!($type)).into())
            }
        })*
    };
}

from_integer!(i32, u8, u16, u32, u64, usize);

impl FromValue for f32 {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        f64::from_value(column).map(|value| value as Self)
    }
}

impl FromValue for Vec<f32> {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        match column {
            Column::Bytes(bytes) => {
                vector_from_bytes(bytes).ok_or(Cow::Borrowed("its length is no multiple of four bytes"))
            }
            other => unfit("a vector", &other),
        }
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        from_json(column).map(Json)
    }
}

impl FromValue for serde_json::Value {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        from_json(column)
    }
}

impl FromValue for Box<RawValue> {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        from_json(column)
    }
}

fn from_json<T: DeserializeOwned>(column: Column<'_>) -> Result<T, ColumnFault> {
    match column {
        // The place is told, the text is not: it may hold what users wrote.
        Column::Text(text) => serde_json::from_str(text).map_err(|error| {
            format!(
                "its JSON does not fit ({:?} error at line {} column {})",
                error.classify(),
                error.line(),
                error.column()
            )
            .into()
        }),
        other => unfit("JSON", &other),
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(column: Column<'_>) -> Result<Self, ColumnFault> {
        match column {
            Column::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: FromValue> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.get(0)
    }
}

macro_rules! from_row {
    ($($name:ident $index:tt),+) => {
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                Ok(($(row.get::<$name>($index)?,)+))
            }
        }
    };
}

from_row!(A 0);
from_row!(A 0, B 1);
from_row!(A 0, B 1, C 2);
from_row!(A 0, B 1, C 2, D 3);
from_row!(A 0, B 1, C 2, D 3, E 4);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);
