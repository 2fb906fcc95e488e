//! A table as a file for spreadsheets: what is filtered, on all pages, times in UTC.
//!
//! RFC 4180, with a byte-order mark, because Excel reads Cyrillic wrongly without one. Names and notes come from
//! people outside: a cell that a spreadsheet would run as a formula gets an apostrophe before it.

use futures_util::future::LocalBoxFuture;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlAnchorElement, Url};

use super::act::Act;
use super::icon::icon;
use super::toast::use_toasts;
use crate::api::ApiError;
use crate::clock::use_clock;
use crate::t;

/// How long the browser has to take the file over, in milliseconds.
const KEPT_MS: u64 = 60_000;

/// A table: the names of its columns, and its rows.
pub struct Sheet {
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from('\u{feff}');
        for row in std::iter::once(&self.head).chain(&self.rows) {
            text.push_str(&row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
            text.push_str("\r\n");
        }
        text
    }
}

/// A cell as it stands in the file.
fn quoted(cell: &str) -> String {
    let guard = if is_formula(cell) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// Whether some spreadsheet takes it for a formula. The wide forms are those of East Asian input methods.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Gives the file to the person, as a download.
fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()))?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    let forget = move || drop(Url::revoke_object_url(&url));
    set_timeout(forget, std::time::Duration::from_millis(KEPT_MS));
    Ok(())
}

/// The button that reads all rows and makes a file of them; the day stands in its name.
#[must_use]
pub fn export(
    name: &'static str,
    read: impl Fn() -> LocalBoxFuture<'static, Result<Sheet, ApiError>> + 'static,
) -> AnyView {
    let (act, toasts, clock) = (Act::new(), use_toasts(), use_clock());
    let run = move |_| {
        act.run(read(), move |sheet| {
            let day: String = clock.read().rfc3339().chars().take(10).collect();
            match save(&format!("sallyport-{name}-{day}.csv"), &sheet.text()) {
                Ok(()) => toasts.done(t!("export-done", count = sheet.rows.len())),
                Err(error) => toasts.error(&ApiError::Internal(format!("{error:?}"))),
            }
        });
    };
    Effect::new(move |_| {
        if let Some(error) = act.error() {
            toasts.error(&error);
        }
    });
    view! {
        <button
            type="button"
            class="btn"
            data-testid="export"
            aria-busy=move || act.busy().to_string()
            on:click=run
        >
            {icon("export")}
            "CSV"
            <span class="sr">{t!("export-about")}</span>
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(cell: &str) -> String {
        Sheet { head: vec!["name".into()], rows: vec![vec![cell.into()]] }.text()
    }

    #[test]
    fn every_cell_is_quoted_and_quotes_are_doubled() {
        assert_eq!(sheet("a \"b\", c\nd"), "\u{feff}\"name\"\r\n\"a \"\"b\"\", c\nd\"\r\n");
        assert!(sheet("Анна").contains("\"Анна\""));
    }

    #[test]
    fn nothing_that_somebody_typed_is_run_as_a_formula() {
        for evil in ["=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert!(sheet(evil).contains(&format!("\"'{evil}\"")), "{evil:?}");
        }
        assert!(sheet("a=1").contains("\"a=1\""), "inside a text it is no formula");
    }
}
