//! The scalars of the contract, and ids as typed ones.

use crate::ops::{OpError, OpResult};
use async_graphql::{ID, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sallyport_shared::time::Timestamp;
use std::str::FromStr;

/// A point in time: RFC 3339 in UTC with milliseconds, such as `2026-11-22T06:40:00.123Z`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DateTime(pub(super) Timestamp);

#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let parsed = text.parse::<jiff::Timestamp>();
        parsed
            .map(|time| Self(Timestamp::from_micros(time.as_microsecond())))
            .map_err(|_| InputValueError::custom("This is no time, such as 2026-11-22T06:40:00.123Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

/// A time that may be missing.
pub(super) fn time(at: Option<Timestamp>) -> Option<DateTime> {
    at.map(DateTime)
}

/// An id; one that is none names nothing.
pub(super) fn parse_id<T: FromStr>(id: &ID, noun: &'static str) -> OpResult<T> {
    id.parse().map_err(|_| OpError::NotFound(noun))
}

/// An id in a filter or an input, where one that is none is a mistake.
pub(super) fn parse_field<T: FromStr>(id: &ID, field: &'static str) -> OpResult<T> {
    id.parse().map_err(|_| OpError::invalid(field, "This is no id"))
}

/// A number as GraphQL has it; larger ones stop at its end.
pub(super) fn int(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
