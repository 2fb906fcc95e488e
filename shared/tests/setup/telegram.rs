//! Telegram from inside the box.

use crate::model::{Model, item, step, wanted};
use sallyport_shared::{
    language::Language,
    router::{
        TelegramNetworks,
        setup::{Seen, TELEGRAM_LIST, Wanted, plan},
    },
};

#[test]
fn the_list_of_telegram_holds_its_networks_and_nothing_else() {
    let entries = [("91.108.4.0/22", "true"), ("10.0.0.0/8", "false")];
    let entries = entries.iter().enumerate().map(|(id, (address, disabled))| {
        item(id + 1, &[("list", TELEGRAM_LIST), ("address", address), ("disabled", disabled)])
    });
    let seen = Seen { address_list: entries.collect(), ..Seen::default() };
    let mut wanted = Wanted { telegram: TelegramNetworks::parse(["91.108.4.0/22"]).unwrap(), ..wanted() };
    let step = |seen: &Seen, wanted: &Wanted| step(seen, wanted, "telegram");
    let first = step(&seen, &wanted);
    assert!(first.optional, "nobody gets it without asking");
    assert!(first.notes.iter().any(|words| words.say(Language::En).starts_with("10.0.0.0/8 is on the list")));
    assert!(first.script.contains("dst-port=80,443 action=accept"), "{}", first.script);
    let mut router = Model::new(seen);
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let on = |router: &Model| {
        let entries = router.seen.address_list.iter();
        let on = entries.filter(|item| item.text("list") == TELEGRAM_LIST && !item.is("disabled"));
        on.map(|item| item.text("address").into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(on(&router), ["91.108.4.0/22"]);
    // Other networks in the settings: the old ones go.
    wanted.telegram = TelegramNetworks::parse(["149.154.160.0/20", "2001:67c:4e8::/48"]).unwrap();
    assert!(!step(&router.seen, &wanted).is_present());
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    assert_eq!(on(&router), ["149.154.160.0/20"]);
    assert!(step(&router.seen, &wanted).is_present());
}
