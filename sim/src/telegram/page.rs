//! The chat page at `/`: a messenger in the browser for the demo. Plain files, compiled in, nothing from outside.
//!
//! `?theme=light|dark` and `#person=<id>&chat=<id>` open it in a certain state, for screenshots.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::core::Core;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 7] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/page/style.css", "text/css; charset=utf-8", include_str!("page/style.css")),
    ("/page/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/page/app.js", SCRIPT, include_str!("page/app.js")),
    ("/page/api.js", SCRIPT, include_str!("page/api.js")),
    ("/page/draw.js", SCRIPT, include_str!("page/draw.js")),
    ("/page/words.js", SCRIPT, include_str!("page/words.js")),
];

pub(super) fn router() -> Router<Arc<Core>> {
    FILES
        .into_iter()
        .fold(Router::new(), |router, (path, kind, body)| router.route(path, get(move || serve(kind, body))))
}

async fn serve(kind: &'static str, body: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, body)
}
