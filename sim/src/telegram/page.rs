//! The chat page at `/`: a messenger in the browser for the demo, served from the binary and made of three plain files.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::core::Core;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<Arc<Core>> {
    let html = || asset("text/html; charset=utf-8", include_str!("page/index.html"));
    let css = || asset("text/css; charset=utf-8", include_str!("page/style.css"));
    let js = || asset("text/javascript; charset=utf-8", include_str!("page/app.js"));
    Router::new().route("/", get(html)).route("/page/style.css", get(css)).route("/page/app.js", get(js))
}

async fn asset(kind: &'static str, body: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, body)
}
