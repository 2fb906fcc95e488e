//! The audit: appended to, chained, never changed.

use crate::cast::{at, event, raw};
use sallyport::store::{AuditFilter, NewAudit, Slice, audit_hash, testing::Temporary};

async fn three(store: &Temporary) {
    let mut tx = store.begin().await.unwrap();
    tx.audit(&event("user.approve"), at(1)).await.unwrap();
    tx.audit(&event("user.block"), at(2)).await.unwrap();
    let detail = Some("Жаров: 50% меньше".to_owned());
    let address = Some("203.0.113.5".to_owned());
    let subject = "router:office".to_owned();
    let actor = "system".to_owned();
    let last = NewAudit { actor, action: "router.update".to_owned(), subject, detail, address };
    let record = tx.audit(&last, at(3)).await.unwrap();
    assert_eq!(tx.audit_event(record.id).await.unwrap(), Some(record));
    tx.commit().await.unwrap();
}

pub(crate) async fn chain_is_whole_and_verifiable(store: Temporary) {
    three(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.audit(&event("never.happened"), at(4)).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let chain = tx.audit_chain(0, 10).await.unwrap();
    assert_eq!(chain.len(), 3);
    let mut previous = String::new();
    for record in &chain {
        assert_eq!(record.hash, audit_hash(&previous, record));
        previous.clone_from(&record.hash);
    }
    assert_eq!(tx.audit_chain(2, 10).await.unwrap(), chain[2..]);
    assert_eq!(tx.audit_chain(0, 1).await.unwrap(), chain[..1]);
}

pub(crate) async fn audit_cannot_be_changed(store: Temporary) {
    three(&store).await;
    for statement in [
        "UPDATE audit_events SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = 3",
        "DELETE FROM audit_events",
    ] {
        let refused = raw(&store, statement).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    assert_eq!(store.read().await.unwrap().audit_chain(0, 10).await.unwrap().len(), 3);
}

pub(crate) async fn audit_is_searched_and_paged(store: Temporary) {
    three(&store).await;
    let mut tx = store.read().await.unwrap();
    let mut find = async |filter: AuditFilter| {
        let page = tx.audit_page(&filter, &Slice::first(10)).await.unwrap();
        page.items.into_iter().map(|(_, record)| record.seq).collect::<Vec<_>>()
    };
    let all = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(find(all()).await, [3, 2, 1], "the newest first");
    assert_eq!(find(AuditFilter { actor: text("system"), ..all() }).await, [3]);
    assert_eq!(find(AuditFilter { action: text("user.block"), ..all() }).await, [2]);
    assert_eq!(find(AuditFilter { action: text("user."), ..all() }).await, [2, 1]);
    assert_eq!(find(AuditFilter { action: text("user"), ..all() }).await, Vec::<i64>::new());
    assert_eq!(find(AuditFilter { subject: text("user:anna"), ..all() }).await, [2, 1]);
    assert_eq!(find(AuditFilter { from: Some(at(2)), to: Some(at(3)), ..all() }).await, [2]);
    assert_eq!(find(AuditFilter { search: text("жАРОВ: 50%"), ..all() }).await, [3]);
    assert_eq!(find(AuditFilter { search: text("203.0.113"), ..all() }).await, [3]);
    let page = tx.audit_page(&all(), &Slice::first(2)).await.unwrap();
    assert!(page.has_next && page.total == 3);
    let rest = tx.audit_page(&all(), &Slice { first: 2, after: page.end_cursor }).await.unwrap();
    assert_eq!(rest.items.iter().map(|(_, record)| record.seq).collect::<Vec<_>>(), [1]);
}
