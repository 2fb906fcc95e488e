//! The console's files, which are part of the binary. Whatever is no file is a place within the console, and
//! gets its page.

use super::Shared;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use rust_embed::RustEmbed;
use std::{
    collections::HashMap,
    io::Read,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
struct Dist;

/// What is shown where the console was not built.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Sallyport</title>\
    <p>The server runs, but the console was not built. Build it with <code>cargo xtask demo</code>.";

/// How hard Brotli tries, 0 to 11. The best takes seconds for the program, once in the life of the server; without
/// optimisation it would take a minute.
const QUALITY: u32 = if cfg!(debug_assertions) { 5 } else { 11 };

/// As much of a file as Brotli looks back on, as a power of two.
const WINDOW: u32 = 22;

/// The files, and their compressed forms as far as somebody asked for them.
#[derive(Default)]
pub(super) struct Console {
    compressed: Mutex<HashMap<String, Bytes>>,
}

impl Console {
    pub(super) fn embedded() -> Self {
        Self::default()
    }

    /// Makes the compressed forms ahead, so that the first visitor does not wait for them.
    pub(super) fn warm_up(self: &Arc<Self>) {
        let console = self.clone();
        tokio::spawn(async move {
            for path in Dist::iter().filter(|path| !path.ends_with(".png")) {
                if let Some(file) = Dist::get(&path) {
                    console.brotli(&path, &file.data, &tag(&file)).await;
                }
            }
        });
    }

    /// The file's Brotli form, made once: files do not change while the program runs.
    async fn brotli(self: &Arc<Self>, path: &str, plain: &[u8], tag: &str) -> Option<Bytes> {
        let key = format!("{path} {tag}");
        let known = self.compressed.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if known.is_some() {
            return known;
        }
        let (plain, console) = (plain.to_vec(), self.clone());
        tokio::task::spawn_blocking(move || {
            let mut small = Vec::new();
            brotli::CompressorReader::new(plain.as_slice(), 64 * 1_024, QUALITY, WINDOW)
                .read_to_end(&mut small)
                .ok()?;
            let small = Bytes::from(small);
            console.compressed.lock().unwrap_or_else(PoisonError::into_inner).insert(key, small.clone());
            Some(small)
        })
        .await
        .ok()?
    }
}

/// A file of the console, or its page.
pub(super) async fn file(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let asked = uri.path().trim_start_matches('/');
    let is_place = !asked.rsplit('/').next().unwrap_or_default().contains('.');
    let path = if is_place { "index.html" } else { asked };
    let Some(file) = Dist::get(path) else {
        return if is_place { page(NOT_BUILT) } else { StatusCode::NOT_FOUND.into_response() };
    };
    let tag = tag(&file);
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, content_type(path))
        .header(header::ETAG, &tag)
        .header(header::VARY, "accept-encoding")
        .header(header::CACHE_CONTROL, caching(path));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return respond(response.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let wants_brotli = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().split(';').next() == Some("br")));
    if wants_brotli
        && !path.ends_with(".png")
        && let Some(small) = shared.console.brotli(path, &file.data, &tag).await
    {
        response = response.header(header::CONTENT_ENCODING, "br");
        return respond(response, Body::from(small));
    }
    respond(response, Body::from(file.data.into_owned()))
}

fn tag(file: &rust_embed::EmbeddedFile) -> String {
    format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]))
}

fn respond(response: axum::http::response::Builder, body: Body) -> Response {
    response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn page(html: &'static str) -> Response {
    let html_type = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, html_type)], html).into_response()
}

/// Files whose name, or whose folder, holds a hash of what is in them never change.
fn caching(path: &str) -> &'static str {
    let is_hash = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hashed = path.split('/').any(|part| {
        let stem = part.split('.').next().unwrap_or_default();
        stem.trim_end_matches("_bg").rsplit('-').next().is_some_and(is_hash)
    });
    if hashed { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        Some("ftl") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::caching;

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(caching("sallyport-console-1a2b3c4d5e6f7a8b_bg.wasm").contains("immutable"));
        assert!(caching("1a2b3c4d5e6f7a8b/__wasm_split.js").contains("immutable"));
        assert!(caching("style-0123456789abcdef.css").contains("immutable"));
        for name in ["index.html", "load.js", "boot.js", "manifest.webmanifest", "icon-192.png"] {
            assert_eq!(caching(name), "no-cache", "{name}");
        }
    }
}
