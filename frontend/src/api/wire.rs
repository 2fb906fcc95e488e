//! The messages of `graphql-transport-ws` and the pauses between tries: pure, so that they are tested natively.

use serde_json::Value;

use super::error::WireError;
use super::json::{Unreadable, field};

/// What the console sends.
#[derive(Debug)]
pub enum ClientMessage<'a> {
    /// Opens, with the access token.
    ConnectionInit {
        /// The token; letters, figures, `.`, `-` and `_`, as all tokens of this kind.
        token: &'a str,
    },
    /// Starts a subscription.
    Subscribe {
        /// Chosen by the console.
        id: &'a str,
        /// `query`, `operationName`, `variables` as JSON.
        payload: String,
    },
    /// Asks whether the line is alive.
    Ping,
    /// Says that it is.
    Pong,
}

impl ClientMessage<'_> {
    /// The message as text. Put together by hand, because all that varies in it is JSON already or needs no escape.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::ConnectionInit { token } => {
                format!(r#"{{"type":"connection_init","payload":{{"authorization":"Bearer {token}"}}}}"#)
            }
            Self::Subscribe { id, payload } => {
                format!(r#"{{"type":"subscribe","id":"{id}","payload":{payload}}}"#)
            }
            Self::Ping => r#"{"type":"ping"}"#.to_owned(),
            Self::Pong => r#"{"type":"pong"}"#.to_owned(),
        }
    }
}

/// What the server sends.
#[derive(Debug)]
pub enum ServerMessage {
    /// The token is good.
    ConnectionAck,
    /// News of a subscription.
    Next {
        /// Which one.
        id: String,
        /// What it says.
        data: Value,
    },
    /// A subscription could not start.
    Error {
        /// Why.
        payload: Vec<WireError>,
    },
    /// A subscription is over.
    Complete,
    /// Is the line alive?
    Ping,
    /// It is.
    Pong,
}

impl ServerMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Unreadable`] if the protocol has no such message.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut message: Value = serde_json::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let kind: String = field(&message, "type", None)?;
        Ok(match kind.as_str() {
            "connection_ack" => Self::ConnectionAck,
            "next" => {
                Self::Next { id: field(&message, "id", None)?, data: message["payload"]["data"].take() }
            }
            "error" => Self::Error { payload: field(&message, "payload", None)? },
            "complete" => Self::Complete,
            "ping" => Self::Ping,
            "pong" => Self::Pong,
            other => return Err(Unreadable(format!("no message is called {other}"))),
        })
    }
}

/// Milliseconds before try number `attempt` (from 0): doubling from half a second to 15 s, spread by `chance` (0..1)
/// so that a restarted server is not met by everybody at once.
#[must_use]
pub fn pause_ms(attempt: u32, chance: f64) -> u32 {
    let base = 500_u32.saturating_mul(1 << attempt.min(5)).min(15_000);
    (f64::from(base) * (0.75 + chance / 2.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Read;
    use crate::api::types::Out;

    #[test]
    fn says_what_the_protocol_wants() {
        let init = ClientMessage::ConnectionInit { token: "t" };
        assert_eq!(init.text(), r#"{"type":"connection_init","payload":{"authorization":"Bearer t"}}"#);
        let subscribe = ClientMessage::Subscribe { id: "user", payload: r#"{"query":"q"}"#.to_owned() };
        assert_eq!(subscribe.text(), r#"{"type":"subscribe","id":"user","payload":{"query":"q"}}"#);
        assert_eq!(ClientMessage::Pong.text(), r#"{"type":"pong"}"#);
    }

    #[test]
    fn reads_what_the_protocol_says() {
        let next = ServerMessage::parse(r#"{"id":"1","type":"next","payload":{"data":{"result":5}}}"#);
        let Ok(ServerMessage::Next { id, data }) = next else { panic!("{next:?}") };
        assert_eq!((id.as_str(), Out::<i64>::read(&data).map(|out| out.result)), ("1", Ok(5)));
        assert!(Out::<String>::read(&data).is_err());
        let error =
            r#"{"id":"2","type":"error","payload":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#;
        assert!(matches!(ServerMessage::parse(error), Ok(ServerMessage::Error { .. })));
        assert!(matches!(
            ServerMessage::parse(r#"{"type":"connection_ack"}"#),
            Ok(ServerMessage::ConnectionAck)
        ));
        assert!(ServerMessage::parse(r#"{"type":"news"}"#).is_err() && ServerMessage::parse("<").is_err());
    }

    #[test]
    fn waits_longer_each_time_but_never_over_twenty_seconds() {
        let pauses: Vec<u32> = (0..8).map(|attempt| pause_ms(attempt, 0.5)).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
        assert!(pause_ms(40, 1.0) <= 20_000);
    }
}
