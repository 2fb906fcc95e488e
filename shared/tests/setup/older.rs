//! Rules of an older set-up that keep everybody out.

use crate::model::{Model, item, wanted};
use sallyport_shared::{
    language::Language,
    router::setup::{Seen, Wanted, plan},
};

#[test]
fn an_older_rule_that_keeps_everybody_out_is_switched_off_once_ours_hold_the_box() {
    let drop = |id, more: &[(&str, &str)]| {
        let mut values =
            vec![("chain", "forward"), ("action", "drop"), ("src-address-list", "2fa-sandboxed")];
        values.extend(more);
        item(id, &values)
    };
    // One that asks for more is the administrator's own business, and so is one of another list.
    let others =
        [("dst-port", "25"), ("src-address-list", "others"), ("disabled", "true"), ("dynamic", "true")];
    let mut filter = vec![drop(7, &[])];
    filter.extend(others.iter().enumerate().map(|(at, other)| drop(8 + at, &[*other])));
    let mut wanted = wanted();
    let mut router = Model::new(Seen { filter, ..Seen::default() });
    let older = |router: &Model, wanted: &Wanted| {
        plan(&router.seen, wanted).steps.into_iter().find(|step| step.key == "older")
    };
    let first = older(&router, &wanted).unwrap();
    assert!(first.obstacle.is_some() && !first.optional, "nothing else holds the box");
    assert!(first.notes.iter().any(|words| words.say(Language::En).contains("*7 ")), "{:?}", first.notes);
    let whole = plan(&router.seen, &wanted);
    let made = router.apply(&mut wanted, &whole, usize::MAX);
    let second = older(&router, &wanted).unwrap();
    assert!(second.obstacle.is_none(), "{:?}", second.obstacle);
    assert_eq!(second.script, "/ip firewall filter set *7 disabled=yes");
    let whole = plan(&router.seen, &wanted);
    let done = router.apply(&mut wanted, &whole, usize::MAX);
    let off = |router: &Model| router.seen.filter.iter().any(|item| item.id == "*7" && item.is("disabled"));
    assert!(off(&router) && done.len() == 1 && older(&router, &wanted).is_none());
    router.undo(&mut wanted, done, None);
    assert!(!off(&router) && !made.is_empty());
}

/// Ours stand in for them in the chains that every packet comes through, and in no others: there they would wait for ever.
#[test]
fn rules_of_the_administrators_own_chains_are_not_older_ones_and_keep_nothing_waiting() {
    let drop =
        |id, chain| item(id, &[("chain", chain), ("action", "drop"), ("src-address-list", "2fa-sandboxed")]);
    let mut wanted = wanted();
    let older = |router: &Model, wanted: &Wanted| {
        plan(&router.seen, wanted).steps.into_iter().find(|step| step.key == "older")
    };
    let mut router =
        Model::new(Seen { filter: vec![drop(7, "guests"), drop(8, "output")], ..Seen::default() });
    assert!(older(&router, &wanted).is_none());
    router.seen.filter.push(drop(9, "input"));
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let step = older(&router, &wanted).unwrap();
    assert!(step.obstacle.is_none(), "{:?}", step.obstacle);
    assert_eq!(step.script, "/ip firewall filter set *9 disabled=yes");
}
