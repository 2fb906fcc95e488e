//! What somebody did to the rules that the set-up made.

use crate::model::{Model, item, wanted};
use sallyport_shared::router::setup::{Edit, Menu, Seen, edited, plan, script};
use std::collections::BTreeSet;

#[test]
fn what_was_edited_is_told_from_what_was_typed_and_from_the_routers_own_ports() {
    let services = vec![item(1, &[("name", "api"), ("port", "18728")])];
    let servers = vec!["198.51.100.9".to_owned()];
    let mut router = Model::new(Seen { services, servers, ..Seen::default() });
    let mut wanted = wanted();
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let made: BTreeSet<String> =
        router.seen.filter.iter().map(|item| item.text("comment").into_owned()).collect();
    let with_ports = |router: &Model, ports: &[u16], made: &BTreeSet<String>| {
        let all = edited(Menu::Filter, &router.seen.filter, &wanted, ports, made).into_iter();
        all.map(|(name, edit, change)| (name, edit, script(&change))).collect::<Vec<_>>()
    };
    let edits = |router: &Model, made: &BTreeSet<String>| -> Vec<(String, Edit)> {
        with_ports(router, &[18_728], made).into_iter().map(|(name, edit, _)| (name, edit)).collect()
    };
    assert_eq!(edits(&router, &made), [], "whatever the ports of the API are");
    // Typed from the plan, it is in nobody's way.
    const WAY: &str = "sallyport:the server to the API";
    let without: BTreeSet<String> = made.iter().filter(|comment| *comment != WAY).cloned().collect();
    assert_eq!(without.len() + 1, made.len());
    assert_eq!(with_ports(&router, &[], &made), [], "whatever they are, if the router does not say");
    assert_eq!(
        with_ports(&router, &[8_728, 18_728], &made)[0].1,
        Edit::Changed,
        "the router has others by now"
    );
    assert_eq!(edits(&router, &without), []);
    let way = router.seen.filter.iter_mut().find(|item| item.text("comment") == WAY).unwrap();
    way.values.insert("disabled".to_owned(), "yes".into());
    assert_eq!(edits(&router, &made), [(WAY.to_owned(), Edit::Changed)]);
    router.seen.filter.retain(|item| item.text("comment") != WAY);
    assert_eq!(edits(&router, &made), [(WAY.to_owned(), Edit::Gone)]);
    let advised = with_ports(&router, &[18_728], &made).remove(0).2;
    assert!(advised.contains("dst-port=18728 "), "{advised}");
}
