//! As much HTTP as the demo needs to speak to the server and the simulators on the loopback interface.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::{Failure, Result};

/// An answer takes at most this long; what the demo asks for involves no more than the router next door.
const LIMIT: Duration = Duration::from_secs(30);

/// A request's outcome.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body, decoded.
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON; an empty one is `null`.
    ///
    /// # Errors
    /// When the status is not 2xx, or the body is something else.
    pub(crate) fn json(&self) -> Result<Value> {
        if !(200..300).contains(&self.status) {
            return Err(Failure::Unexpected(format!("HTTP {}: {}", self.status, self.body)));
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&self.body)
            .map_err(|error| Failure::Unexpected(format!("{error}: {}", self.body)))
    }
}

/// Asks for `path`; with a body it is a POST of JSON.
///
/// # Errors
/// When nobody answers, or not in HTTP.
pub(crate) fn request(
    at: SocketAddr,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<Answer> {
    let failure = |error: std::io::Error| Failure::Unexpected(format!("http://{at}{path}: {error}"));
    let mut stream = TcpStream::connect_timeout(&at, LIMIT).map_err(failure)?;
    stream.set_read_timeout(Some(LIMIT)).map_err(failure)?;
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n");
    if let Some(token) = token {
        head += &format!("Authorization: Bearer {token}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).map_err(failure)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(failure)?;
    parse(&bytes).ok_or_else(|| Failure::Unexpected(format!("http://{at}{path}: no HTTP answer")))
}

/// Sends a GraphQL operation and takes its `data`.
///
/// # Errors
/// When the server is not reached or answers with errors.
pub(crate) fn graphql(at: SocketAddr, token: Option<&str>, query: &str, variables: &Value) -> Result<Value> {
    let body = json!({"query": query, "variables": variables});
    let mut answer = request(at, "/graphql", token, Some(&body))?.json()?;
    if let Some(message) = answer["errors"][0]["message"].as_str() {
        return Err(Failure::Unexpected(format!("GraphQL: {message} (in: {})", query.trim())));
    }
    Ok(answer["data"].take())
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let rest = &bytes[end + 4..];
    let chunked = head.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked")
        })
    });
    let body = if chunked { unchunk(rest)? } else { rest.to_vec() };
    Some(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        let chunk = rest.get(line + 2..line + 2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(line + 2 + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_chunked_answers_are_read() {
        let plain = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        assert_eq!((plain.status, plain.body.as_str()), (200, "hi"));
        let chunked =
            parse(b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
                .unwrap();
        assert_eq!((chunked.status, chunked.body.as_str()), (404, "abcde"));
        assert!(chunked.json().is_err());
    }

    #[test]
    fn half_an_answer_is_none() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-").is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab").is_none());
    }
}
