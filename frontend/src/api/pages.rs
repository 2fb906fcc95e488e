//! A whole list, page after page: for what shows all of it, or makes a file of it.

use futures_util::future::LocalBoxFuture;

use super::error::ApiError;
use super::types::Page;

/// Rows that are asked for at once: the most that the server gives.
pub const AT_ONCE: i64 = 100;

/// The answer to a question for one page.
pub type Asked<T> = LocalBoxFuture<'static, Result<Page<T>, ApiError>>;

/// All rows; `ask` gets the cursor after which the next page begins.
///
/// # Errors
/// That of the first page that cannot be read: half a list would be taken for the whole.
pub async fn every_page<T: Clone>(ask: impl Fn(Option<String>) -> Asked<T>) -> Result<Vec<T>, ApiError> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = ask(after).await?;
        rows.extend(page.rows());
        after = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
        if after.is_none() {
            return Ok(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{Edge, PageInfo};
    use futures_util::FutureExt;

    fn page(rows: &[i64], next: Option<&str>) -> Page<i64> {
        let edges = rows.iter().map(|node| Edge { cursor: node.to_string(), node: *node }).collect();
        let page_info = PageInfo { has_next_page: next.is_some(), end_cursor: next.map(str::to_owned) };
        Page { edges, page_info, total_count: 3 }
    }

    #[test]
    fn pages_are_read_to_the_end_and_a_failure_is_not_half_a_list() {
        let good = |after: Option<String>| -> Asked<i64> {
            let page = if after.is_none() { page(&[1, 2], Some("2")) } else { page(&[3], None) };
            async { Ok(page) }.boxed_local()
        };
        assert_eq!(every_page(good).now_or_never(), Some(Ok(vec![1, 2, 3])));
        let bad = |after: Option<String>| -> Asked<i64> {
            let answer = if after.is_none() { Ok(page(&[1], Some("1"))) } else { Err(ApiError::NotFound) };
            async { answer }.boxed_local()
        };
        assert_eq!(every_page(bad).now_or_never(), Some(Err(ApiError::NotFound)));
    }
}
