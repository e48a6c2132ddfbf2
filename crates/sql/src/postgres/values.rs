//! Values to and from PostgreSQL's binary formats, by the type that the server inferred for the parameter.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::row::ColumnFault;
use crate::value::vector_to_bytes;
use crate::{Column, Error, Query, Result, Time, Value};

/// Microseconds from 1970 to 2000, where PostgreSQL's times begin.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

type Fault = Box<dyn StdError + Sync + Send>;

/// Whether every value can be written as the type that the server wants for it.
pub(super) fn check(query: &Query, types: &[Type]) -> Result<()> {
    let statement = query.statement.name();
    if types.len() != query.values.len() {
        let detail = format!(
            "the database wants {} values, {} are bound",
            types.len(),
            query.values.len()
        );
        return Err(Error::Encode {
            statement,
            parameter: 0,
            detail,
        });
    }
    for (index, (value, wanted)) in query.values.iter().zip(types).enumerate() {
        fits(value, wanted).map_err(|detail| Error::Encode {
            statement,
            parameter: index + 1,
            detail,
        })?;
    }
    Ok(())
}

fn fits(value: &Value, wanted: &Type) -> Result<(), String> {
    let text = [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN];
    let fits = match value {
        Value::Null => true,
        Value::Bool(_) => *wanted == Type::BOOL,
        Value::Int(number) => match *wanted {
            Type::INT2 => i16::try_from(*number).is_ok(),
            Type::INT4 => i32::try_from(*number).is_ok(),
            Type::INT8 | Type::FLOAT4 | Type::FLOAT8 => true,
            _ => false,
        },
        Value::Real(_) => [Type::FLOAT4, Type::FLOAT8].contains(wanted),
        Value::Text(_) => text.contains(wanted) || [Type::JSON, Type::JSONB].contains(wanted),
        Value::Json(_) => [Type::JSON, Type::JSONB, Type::TEXT, Type::VARCHAR].contains(wanted),
        Value::Bytes(_) | Value::Vector(_) => *wanted == Type::BYTEA,
        Value::Time(_) => *wanted == Type::TIMESTAMPTZ,
        Value::TextList(_) => [Type::TEXT_ARRAY, Type::VARCHAR_ARRAY].contains(wanted),
        Value::IntList(_) => *wanted == Type::INT8_ARRAY,
        Value::Invalid(_) => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "a value of kind {} is bound where the database wants {wanted}",
            value.kind()
        ))
    }
}

/// Whether values of this type can be bound or read.
pub(super) fn is_known(kind: &Type) -> bool {
    const KNOWN: [Type; 20] = [
        Type::BOOL,
        Type::INT2,
        Type::INT4,
        Type::INT8,
        Type::FLOAT4,
        Type::FLOAT8,
        Type::TEXT,
        Type::VARCHAR,
        Type::BPCHAR,
        Type::NAME,
        Type::UNKNOWN,
        Type::BYTEA,
        Type::TIMESTAMPTZ,
        Type::JSON,
        Type::JSONB,
        Type::TEXT_ARRAY,
        Type::VARCHAR_ARRAY,
        Type::INT8_ARRAY,
        Type::VOID,
        Type::OID,
    ];
    KNOWN.contains(kind)
}

/// A value on its way. Shows no content, because the driver would print it to its debug log.
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind())
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self.0 {
            Value::Null | Value::Invalid(_) => return Ok(IsNull::Yes),
            Value::Bool(value) => out.put_u8(u8::from(*value)),
            Value::Int(value) => match *wanted {
                Type::INT2 => out.put_i16(i16::try_from(*value)?),
                Type::INT4 => out.put_i32(i32::try_from(*value)?),
                Type::FLOAT4 => out.put_f32(*value as f32),
                Type::FLOAT8 => out.put_f64(*value as f64),
                _ => out.put_i64(*value),
            },
            Value::Real(value) if *wanted == Type::FLOAT4 => out.put_f32(*value as f32),
            Value::Real(value) => out.put_f64(*value),
            Value::Text(text) | Value::Json(text) => {
                if *wanted == Type::JSONB {
                    // The version of the format.
                    out.put_u8(1);
                }
                out.put_slice(text.as_bytes());
            }
            Value::Bytes(bytes) => out.put_slice(bytes),
            Value::Time(time) => out.put_i64(time.micros().saturating_sub(EPOCH_MICROS)),
            Value::Vector(vector) => out.put_slice(&vector_to_bytes(vector)),
            Value::TextList(texts) => return texts.to_sql(wanted, out),
            Value::IntList(numbers) => return numbers.to_sql(wanted, out),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // `check` has looked at the value itself.
        true
    }

    to_sql_checked!();
}

/// A column of any type of ours.
struct Read<'a>(Column<'a>);

impl<'a> FromSql<'a> for Read<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self(match *kind {
            Type::BOOL => Column::Bool(bool::from_sql(kind, raw)?),
            Type::INT2 => Column::Int(i64::from(i16::from_sql(kind, raw)?)),
            Type::INT4 => Column::Int(i64::from(i32::from_sql(kind, raw)?)),
            Type::INT8 => Column::Int(i64::from_sql(kind, raw)?),
            Type::OID => Column::Int(i64::from(u32::from_sql(kind, raw)?)),
            Type::FLOAT4 => Column::Real(f64::from(f32::from_sql(kind, raw)?)),
            Type::FLOAT8 => Column::Real(f64::from_sql(kind, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
                Column::Text(std::str::from_utf8(raw)?)
            }
            Type::JSONB => match raw.split_first() {
                Some((1, text)) => Column::Text(std::str::from_utf8(text)?),
                _ => return Err("its JSONB has an unknown version".into()),
            },
            Type::BYTEA => Column::Bytes(raw),
            Type::TIMESTAMPTZ => Column::Time(Time::from_micros(
                i64::from_be_bytes(raw.try_into()?).saturating_add(EPOCH_MICROS),
            )),
            Type::VOID => Column::Null,
            _ => return Err(format!("its type {kind} is none of ours: CAST it").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self(Column::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What a row's column holds.
pub(crate) fn column(row: &tokio_postgres::Row, index: usize) -> Result<Column<'_>, ColumnFault> {
    if index >= row.len() {
        return Err(Cow::Borrowed("there is no such column"));
    }
    match row.try_get::<_, Read<'_>>(index) {
        Ok(read) => Ok(read.0),
        Err(error) => Err(error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string)
            .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named() {
        let fault = fits(&Value::Int(40_000), &Type::INT2).unwrap_err();
        assert_eq!(
            fault,
            "a value of kind int is bound where the database wants int2"
        );
        assert!(fits(&Value::Text("now".to_owned()), &Type::TIMESTAMPTZ).is_err());
        assert!(fits(&Value::Real(0.5), &Type::INT8).is_err());
        assert!(fits(&Value::Null, &Type::TIMESTAMPTZ).is_ok());
        assert!(fits(&Value::Json("{}".to_owned()), &Type::JSONB).is_ok());
    }

    #[test]
    fn times_are_counted_from_2000() {
        let time: Time = "2000-01-01T00:00:00.000001Z".parse().unwrap();
        let mut out = BytesMut::new();
        let value = Value::Time(time);
        Bound(&value).to_sql(&Type::TIMESTAMPTZ, &mut out).unwrap();
        assert_eq!(out.as_ref(), 1_i64.to_be_bytes());
        assert_eq!(
            Read::from_sql(&Type::TIMESTAMPTZ, &out).unwrap().0,
            Column::Time(time)
        );
    }

    #[test]
    fn values_are_not_shown() {
        assert_eq!(format!("{:?}", Bound(&Value::Text("secret".to_owned()))), "text");
    }
}
